import { DataSource } from 'typeorm';
import { ConfigurationError } from 'service-kit/environment';
import { armFailpoints } from 'service-kit/failpoints';
import { readReemitConfig } from './config';
import { oneShotOptions } from './database';
import { formatName, readAggregateNames, UsageError } from './reemit/aggregate-name';
import { reemitPurged } from './reemit/purged-aggregates';
import { type Reemitted, reemitEvents } from './reemit/reemit-events';

/**
 * One-shot, `reemit order:17 product:1`: has the newest event of each aggregate relayed again.
 * `reemit --purged`: of every aggregate whose newest event is not in the outbox any more.
 * Exit codes: 0 done, 1 failed, 2 nothing done because the arguments or the configuration are wrong.
 */
async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const purged = args.length === 1 && args[0] === '--purged';
  const names = purged ? [] : readAggregateNames(args);
  const { database, topics, failpoints } = readReemitConfig();
  armFailpoints(failpoints);
  const dataSource = new DataSource(oneShotOptions(database, 'reemit'));
  await dataSource.initialize();
  try {
    const events = purged
      ? reemitPurged(dataSource, topics)
      : reemitEvents(dataSource, names, topics);
    let count = 0;
    for await (const event of events) {
      process.stdout.write(`${describe(event)}\n`);
      count += 1;
    }
    if (purged && count === 0) process.stdout.write('the outbox lacks no newest event\n');
  } finally {
    await dataSource.destroy();
  }
}

function describe({ name, eventId, version, topic, how }: Reemitted): string {
  const why = how === 'same' ? '' : ' (made anew: its outbox row is gone)';
  return `${formatName(name)} event ${eventId} version ${version} to ${topic}${why}`;
}

main().catch((error: unknown) => {
  process.stderr.write(`reemit: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof UsageError || error instanceof ConfigurationError ? 2 : 1;
});
