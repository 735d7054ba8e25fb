import { nameCommandsFor } from 'contracts/commands';
import { printable } from 'contracts/printable';
import { exitCode, type ExitCode, UsageError } from 'service-kit/command-errors';
import { type Command, command, json, print, runs } from 'service-kit/command-line';
import { applySetup } from './apply-setup';
import { beginHistory, defaultSkippedIds } from './begin-history';
import { type CommandConfig, readCommandConfig, readSetupConfig } from './config';
import { isUuid } from './relayed-headers';
import type { UnsendableRow } from './unsendable/find-unsendable';
import { listUnsendable, skip } from './unsendable/skip';

interface Options {
  readonly json: boolean;
}

/** Prints each step that is done, as a line of text or of JSON. */
const saying =
  ({ json }: Options) =>
  (done: string): void =>
    print(json ? JSON.stringify({ done }) : printable(done));

/** What is said then names the commands that work where the system runs. */
function configOfCommand(): CommandConfig {
  const config = readCommandConfig();
  nameCommandsFor(config.keeper.audit.runBy);
  return config;
}

const unsendable = command(
  'unsendable',
  'list the events that cannot be sent, of those in front of the relay and of those in the outbox',
).addOption(json());
runs(unsendable, async ({ json }: Options): Promise<ExitCode> => {
  const config = configOfCommand();
  const rows = await listUnsendable(config);
  const shown = rows.map(({ id, aggregate, reason, remedy }) => ({
    id,
    aggregate,
    reason,
    remedy,
  }));
  if (json) print(JSON.stringify(shown));
  else if (rows.length === 0) print('nothing is known that could not be sent');
  else for (const row of rows) print(lineOf(row));
  return rows.length === 0 ? exitCode.well : exitCode.found;
});

const skipping = command(
  'skip',
  `go on without these events

Takes them out of the outbox into the table outbox_skipped, and has everything else that the outbox holds emitted
again, which counts nothing twice.`,
)
  .argument('<events...>', 'their ids, as `unsendable` shows them')
  .requiredOption('--why <text>', 'kept with the event')
  .addOption(json());
runs(skipping, async (ids: string[], options: Options & { why: string }): Promise<ExitCode> => {
  const { why } = options;
  if (why.trim() === '') throw new UsageError('--why is empty: it is kept with the event');
  const wrong = ids.find((id) => !isUuid(id));
  if (wrong !== undefined) throw new UsageError(`"${wrong}" is no event id`);
  const config = configOfCommand();
  await skip(config, { ids, why }, saying(options));
  return exitCode.well;
});

export const relay: Command = command('relay', 'events that cannot be sent: unsendable, skip')
  .addCommand(unsendable)
  .addCommand(skipping);

export const relaySetup: Command = command(
  'relay-setup',
  `give the database what the relay needs: roles, rights, publication

After the migrations. Safe to repeat.`,
).addOption(json());
runs(relaySetup, async (options: Options): Promise<ExitCode> => {
  const applied = await applySetup(readSetupConfig());
  saying(options)(`the database is set up for the relay: ${applied.join(', ')}`);
  return exitCode.well;
});

export const newHistory: Command = command(
  'new-history',
  `after PostgreSQL was restored from a backup, begin anew

Gives the database another source id, throws away the events in Kafka, which belong to a future that did not
happen, and has the relay emit the outbox into new topics. Safe to repeat, as a whole, when it failed on its way.`,
)
  .requiredOption('--reason <text>', 'kept in the table source_history')
  .option(
    '--skip-ids <number>',
    'ids of each kind of aggregate that are left out, because clients may hold some given out after the backup',
    String(defaultSkippedIds),
  )
  .addOption(json());
runs(
  newHistory,
  async (options: Options & { reason: string; skipIds: string }): Promise<ExitCode> => {
    const { reason, skipIds } = options;
    if (reason.trim() === '') throw new UsageError('--reason is empty');
    const skippedIds = Number(skipIds);
    if (!/^\d+$/.test(skipIds) || skippedIds > 1e12) {
      throw new UsageError(`--skip-ids takes a number up to 1000000000000, not "${skipIds}"`);
    }
    await beginHistory({ ...readCommandConfig(), reason, skippedIds }, saying(options));
    return exitCode.well;
  },
);

function lineOf({ id, aggregate, reason, remedy }: UnsendableRow): string {
  const toLetThrough = remedy === null ? '' : `; to let it through: ${remedy}`;
  return printable(`${id} ${aggregate} ${reason}${toLetThrough}`);
}
