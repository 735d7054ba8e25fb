import { parseArgs } from 'node:util';
import { lineOf, pageOf } from './cli/dead-letter-text';
import { exitCode, runCli, UsageError, type Cli } from './cli/run';
import type { DeadLetter, DeadLetterSummary } from './store/dead-letter-queries';

const usage = `usage: dead-letters <command>

  list [--all] [--json]                 open dead letters, the newest first; --all: settled ones, too
  show <record> [--json]                one dead letter: headers, value, reason
  redrive <record> | --all [--json]     read again with the code that runs, and apply
  discard <record> --reason <text>      nothing is missing: end the dead letter, and say why

A record is topic/partition@offset, such as order-events/3@17.
Exit codes: 0 done; 1 refused, or a dead letter stays open; 2 wrong arguments; 3 no service answers.`;

void runCli(usage, async (cli) => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      all: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      reason: { type: 'string' },
    },
  });
  const [command, record, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`what is ${more.join(' ')}?`);
  const { all, json, reason } = values;
  switch (command) {
    case 'list':
      return list(cli, all, json);
    case 'show':
      return show(cli, pathOf(record), json);
    case 'redrive':
      return all && record === undefined
        ? redriveAll(cli, json)
        : redriveOne(cli, pathOf(record), json);
    case 'discard':
      return discard(cli, pathOf(record), reason, json);
    default:
      throw new UsageError(command === undefined ? 'no command' : `no command ${command}`);
  }
});

async function list({ client, print }: Cli, all: boolean, json: boolean): Promise<number> {
  const deadLetters: DeadLetterSummary[] = [];
  for (let path: string | null = `/dead-letters?all=${all}&limit=1000`; path !== null;) {
    const page = await client.get(path);
    deadLetters.push(...(page.body as DeadLetterSummary[]));
    path = page.next;
  }
  if (json) print(JSON.stringify(deadLetters));
  else if (deadLetters.length === 0) print(all ? 'nothing was ever parked' : 'nothing is parked');
  else for (const deadLetter of deadLetters) print(lineOf(deadLetter));
  return exitCode.done;
}

async function show({ client, print }: Cli, path: string, json: boolean): Promise<number> {
  const deadLetter = (await client.get(path)).body as DeadLetter;
  print(json ? JSON.stringify(deadLetter) : pageOf(deadLetter));
  return exitCode.done;
}

async function redriveAll({ client, by, print }: Cli, json: boolean): Promise<number> {
  const result = (await client.post('/dead-letters/redrive', { by })) as {
    redriven: number;
    open: number;
  };
  print(json ? JSON.stringify(result) : `${result.redriven} applied, ${result.open} still open`);
  return result.open === 0 ? exitCode.done : exitCode.notDone;
}

async function redriveOne(
  { client, by, print }: Cli,
  path: string,
  json: boolean,
): Promise<number> {
  const deadLetter = (await client.post(`${path}/redrive`, { by })) as DeadLetter;
  print(json ? JSON.stringify(deadLetter) : lineOf(deadLetter));
  return deadLetter.state === 'open' ? exitCode.notDone : exitCode.done;
}

async function discard(
  { client, by, print }: Cli,
  path: string,
  reason: string | undefined,
  json: boolean,
): Promise<number> {
  if (reason === undefined) throw new UsageError('discard needs --reason');
  const deadLetter = (await client.post(`${path}/discard`, { by, reason })) as DeadLetter;
  print(json ? JSON.stringify(deadLetter) : lineOf(deadLetter));
  return exitCode.done;
}

function pathOf(record: string | undefined): string {
  const [, topic = '', place = ''] = /^([^/]+)\/(\d+@\d+)$/.exec(record ?? '') ?? [];
  if (place === '')
    throw new UsageError(`which record? ${record ?? 'none'} is no topic/partition@offset`);
  return `/dead-letters/${encodeURIComponent(topic)}/${place}`;
}
