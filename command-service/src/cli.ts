import { printable } from 'contracts/printable';
import { DataSource } from 'typeorm';
import { exitCode, type ExitCode, UsageError } from 'service-kit/command-errors';
import { type Command, command, json, print, runs } from 'service-kit/command-line';
import { armFailpoints } from 'service-kit/failpoints';
import { readReemitConfig } from './config';
import { oneShotOptions } from './database';
import { formatName, readAggregateNames } from './reemit/aggregate-name';
import { emitAsIs } from './reemit/emit-as-is';
import { reemitPurged } from './reemit/purged-aggregates';
import { type Reemitted, reemitEvents } from './reemit/reemit-events';

interface Options {
  readonly purged: boolean;
  readonly asIs: boolean;
  readonly json: boolean;
}

/** The operators' command that writes to the outbox. */
export const reemit: Command = command(
  'reemit',
  `have events relayed again: order:17 product:1

The newest event of each aggregate; with @, as in order:17@2, that of a version. No version is raised: who has
read it counts nothing twice.`,
)
  .argument('[aggregates...]', 'such as order:17, product:1, order:17@2')
  .option('--purged', 'every aggregate whose newest event is not in the outbox any more', false)
  .option('--as-is', 'as they are now, under a new version: after a correction by SQL', false)
  .addOption(json());

runs(reemit, async (texts: string[], options: Options): Promise<ExitCode> => {
  const { purged, asIs } = options;
  if (purged && (asIs || texts.length > 0)) throw new UsageError('--purged goes alone');
  const names = purged ? [] : readAggregateNames(texts);
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
      print(options.json ? JSON.stringify(event) : lineOf(event));
      count += 1;
    }
    if (purged && count === 0 && !options.json) print('the outbox lacks no newest event');
  } finally {
    await dataSource.destroy();
  }
  return exitCode.well;
});

function lineOf({ name, eventId, version, topic, how }: Reemitted): string {
  const why = {
    same: '',
    rebuilt: ' (made anew: its outbox row is gone)',
    'as-is': ' (as it is now)',
  }[how];
  return printable(`${formatName(name)} event ${eventId} version ${version} to ${topic}${why}`);
}
