import { printable, printableLines } from 'contracts/printable';
import { ConfigurationError } from 'service-kit/environment';
import { readNewHistoryConfig, UsageError } from './new-history/config';
import { beginHistory } from './new-history/begin-history';

/**
 * One-shot, after PostgreSQL was restored from a backup:
 * `new-history --reason "why" [--skip-ids 1000000]`. Safe to repeat, as a whole, when it failed on its way.
 * Exit codes: 0 done, 1 failed, 2 nothing done because the arguments or the configuration are wrong.
 */
async function main(): Promise<void> {
  const config = readNewHistoryConfig(process.argv.slice(2));
  await beginHistory(config, (line) => process.stdout.write(`${printable(line)}\n`));
}

main().catch((error: unknown) => {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`new-history: ${printableLines(text)}\n`);
  process.exitCode = error instanceof UsageError || error instanceof ConfigurationError ? 2 : 1;
});
