import { applySetup } from './apply-setup';
import { readSetupConfig } from './config';
import { createLogger } from 'service-kit/logger';
import { ConfigurationError } from 'service-kit/environment';

/** One-shot, after the migrations: whatever the relay needs in the database. Safe to repeat. */
async function main(): Promise<void> {
  const logger = createLogger('relay-setup', 'info');
  const applied = await applySetup(readSetupConfig());
  logger.info({ applied }, 'the database is set up for the relay');
}

main().catch((error: unknown) => {
  process.stderr.write(`relay-setup: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof ConfigurationError ? 2 : 1;
});
