import { printable, printableLines } from 'contracts/printable';
import { DataSource } from 'typeorm';
import { ConfigurationError } from 'service-kit/environment';
import { armFailpoints } from 'service-kit/failpoints';
import { readReemitConfig } from './config';
import { oneShotOptions } from './database';
import { formatName, readAggregateNames, UsageError } from './reemit/aggregate-name';
import { emitAsIs } from './reemit/emit-as-is';
import { reemitPurged } from './reemit/purged-aggregates';
import { type Reemitted, reemitEvents } from './reemit/reemit-events';

/**
 * One-shot, `reemit order:17 product:1`: has the newest event of each aggregate relayed again.
 * `reemit --purged`: of every aggregate whose newest event is not in the outbox any more.
 * `reemit --as-is order:17 product:1`: tells of them as they are now, under a new version, after a correction by SQL.
 * Exit codes: 0 done, 1 failed, 2 nothing done because the arguments or the configuration are wrong.
 */
async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const purged = args.length === 1 && args[0] === '--purged';
  const asIs = args[0] === '--as-is';
  const names = purged ? [] : readAggregateNames(asIs ? args.slice(1) : args);
  if (asIs && names.some(({ version }) => version !== undefined)) {
    throw new UsageError('--as-is tells of the present version: without @');
  }
  const { database, topics, failpoints } = readReemitConfig();
  armFailpoints(failpoints);
  const dataSource = new DataSource(oneShotOptions(database, 'reemit'));
  await dataSource.initialize();
  try {
    const events = purged
      ? reemitPurged(dataSource, topics)
      : (asIs ? emitAsIs : reemitEvents)(dataSource, names, topics);
    let count = 0;
    for await (const event of events) {
      process.stdout.write(`${printable(describe(event))}\n`);
      count += 1;
    }
    if (purged && count === 0) process.stdout.write('the outbox lacks no newest event\n');
  } finally {
    await dataSource.destroy();
  }
}

function describe({ name, eventId, version, topic, how }: Reemitted): string {
  const why = {
    same: '',
    rebuilt: ' (made anew: its outbox row is gone)',
    'as-is': ' (as it is now)',
  }[how];
  return `${formatName(name)} event ${eventId} version ${version} to ${topic}${why}`;
}

main().catch((error: unknown) => {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`reemit: ${printableLines(text)}\n`);
  process.exitCode = error instanceof UsageError || error instanceof ConfigurationError ? 2 : 1;
});
