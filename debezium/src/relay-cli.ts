import { nameCommandsFor } from 'contracts/commands';
import { printable, printableLines } from 'contracts/printable';
import { ConfigurationError } from 'service-kit/environment';
import { readRelayCommand, UsageError } from './unsendable/config';
import { listUnsendable, skip } from './unsendable/skip';

/**
 * One-shot, when an event that cannot be sent holds up the relay: `relay unsendable`, `relay skip <event id> --why <text>`.
 * Exit codes: 0 done, 1 failed, 2 nothing done because the arguments or the configuration are wrong.
 */
async function main(): Promise<void> {
  const command = readRelayCommand(process.argv.slice(2));
  nameCommandsFor(command.runBy);
  const say = (line: string): void => void process.stdout.write(`${printable(line)}\n`);
  if (command.kind === 'skip') {
    await skip(command, say);
    return;
  }
  const rows = await listUnsendable(command);
  for (const { id, aggregate, reason, remedy } of rows) {
    say(`${id} ${aggregate} ${reason}${remedy === null ? '' : `; to let it through: ${remedy}`}`);
  }
  if (rows.length === 0) say('nothing is known that could not be sent');
}

main().catch((error: unknown) => {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`relay: ${printableLines(text)}\n`);
  process.exitCode = error instanceof UsageError || error instanceof ConfigurationError ? 2 : 1;
});
