import { exitCode, type ExitCode, UsageError } from 'service-kit/command-errors';
import { type Command, command, json, print, runs } from 'service-kit/command-line';
import type { DeadLetter, DeadLetterSummary } from '../store/dead-letter-queries';
import { adminCli, type Cli } from './config';
import { lineOf, pageOf } from './dead-letter-text';

interface Options {
  readonly json: boolean;
}

const part = (name: string, description: string) => command(name, description).addOption(json());
const record = 'topic/partition@offset, such as order-events/3@17';

const list = part('list', 'open dead letters, the newest first').option(
  '--all',
  'settled ones, too',
  false,
);
runs(list, async ({ all, json }: Options & { all: boolean }): Promise<ExitCode> => {
  const { client } = adminCli();
  const deadLetters: DeadLetterSummary[] = [];
  for (let path: string | null = `/dead-letters?all=${all}&limit=1000`; path !== null;) {
    const page = await client.get(path);
    deadLetters.push(...(page.body as DeadLetterSummary[]));
    path = page.next;
  }
  if (json) print(JSON.stringify(deadLetters));
  else if (deadLetters.length === 0) print(all ? 'nothing was ever parked' : 'nothing is parked');
  else for (const deadLetter of deadLetters) print(lineOf(deadLetter));
  return exitCode.well;
});

const show = part('show', 'one dead letter: headers, value, reason').argument('<record>', record);
runs(show, async (name: string, { json }: Options): Promise<ExitCode> => {
  const deadLetter = (await adminCli().client.get(pathOf(name))).body as DeadLetter;
  print(json ? JSON.stringify(deadLetter) : pageOf(deadLetter));
  return exitCode.well;
});

const redrive = part(
  'redrive',
  `read again with the code that runs, and apply

Ends with 1 when a dead letter stays open.`,
)
  .argument('[record]', record)
  .option('--all', 'every open one', false);
runs(
  redrive,
  async (
    name: string | undefined,
    { all, json }: Options & { all: boolean },
  ): Promise<ExitCode> => {
    if (all && name !== undefined) throw new UsageError('either a record or --all');
    return all ? redriveAll(adminCli(), json) : redriveOne(adminCli(), pathOf(name), json);
  },
);

const discard = part('discard', 'nothing is missing: end the dead letter, and say why')
  .argument('<record>', record)
  .requiredOption('--reason <text>', 'goes on record');
runs(
  discard,
  async (name: string, { reason, json }: Options & { reason: string }): Promise<ExitCode> => {
    const { client, by } = adminCli();
    const path = pathOf(name);
    const deadLetter = (await client.post(`${path}/discard`, { by, reason })) as DeadLetter;
    print(json ? JSON.stringify(deadLetter) : lineOf(deadLetter));
    return exitCode.well;
  },
);

export const deadLetters: Command = command(
  'dead-letters',
  'events that could not be applied: list, redrive, discard',
)
  .addCommand(list)
  .addCommand(show)
  .addCommand(redrive)
  .addCommand(discard);

async function redriveAll({ client, by }: Cli, json: boolean): Promise<ExitCode> {
  const result = (await client.post('/dead-letters/redrive', { by })) as {
    redriven: number;
    open: number;
  };
  print(json ? JSON.stringify(result) : `${result.redriven} applied, ${result.open} still open`);
  return result.open === 0 ? exitCode.well : exitCode.found;
}

async function redriveOne({ client, by }: Cli, path: string, json: boolean): Promise<ExitCode> {
  const deadLetter = (await client.post(`${path}/redrive`, { by })) as DeadLetter;
  print(json ? JSON.stringify(deadLetter) : lineOf(deadLetter));
  return deadLetter.state === 'open' ? exitCode.found : exitCode.well;
}

function pathOf(name: string | undefined): string {
  const [, topic = '', place = ''] = /^([^/]+)\/(\d+@\d+)$/.exec(name ?? '') ?? [];
  if (place === '')
    throw new UsageError(`which record? ${name ?? 'none'} is no topic/partition@offset`);
  return `/dead-letters/${encodeURIComponent(topic)}/${place}`;
}
