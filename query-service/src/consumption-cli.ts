import { parseArgs } from 'node:util';
import { follow, rebuildLines, type Status } from './cli/rebuild';
import { saveBackup } from './cli/backup';
import { exitCode, runCli, UsageError, type Cli } from './cli/run';
import type { GapSummary } from './store/version-gaps';

const usage = `usage: consumption <command> [--json]

  status    where reading stands, why it has halted if it has, how far a rebuild is
  resume    read the topics again from the beginning, into the same views
  rebuild   fill a new database file from the beginning of the topics, beside the one that serves; verify
            it; swap [--wait: show progress until then] [--hold: swap on \`swap\` only]
            [--accept-truncated: take what the topics hold now for all there is]
  swap      let a held rebuild swap [--wait]
  abort     give a rebuild up
  rollback  read on in the file that served before, beside the one that serves; verify it; swap
            [--wait] [--hold]
  backup F  write a copy of the views and of where reading stands into the file F; - is standard output
  gaps      versions that were jumped over [--all: closed ones, too]

Exit codes: 0 done, or ready; 1 refused, failed, or not ready; 2 wrong arguments; 3 no service answers.`;

const switches = {
  all: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  wait: { type: 'boolean', default: false },
  hold: { type: 'boolean', default: false },
  'accept-truncated': { type: 'boolean', default: false },
} as const;

/** The switches that each command takes. */
const commands: Record<string, readonly (keyof typeof switches)[]> = {
  status: [],
  resume: [],
  rebuild: ['wait', 'hold', 'accept-truncated'],
  swap: ['wait'],
  abort: [],
  rollback: ['wait', 'hold'],
  gaps: ['all'],
};

void runCli(usage, async (cli) => {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: switches });
  const [command = '', ...more] = positionals;
  if (command === 'backup') return backup(cli, more);
  if (more.length > 0) throw new UsageError(`what is ${more.join(' ')}?`);
  const taken = commands[command];
  if (taken === undefined)
    throw new UsageError(command === '' ? 'no command' : `no command ${command}`);
  const given = (Object.keys(switches) as (keyof typeof switches)[]).filter((name) => values[name]);
  const stray = given.find((name) => name !== 'json' && !taken.includes(name));
  if (stray !== undefined) throw new UsageError(`${command} takes no --${stray}`);

  if (command === 'status') return status(cli, values.json);
  if (command === 'gaps') return gaps(cli, values.all, values.json);
  const body = {
    ...(values.hold && { hold: 'true' }),
    ...(values['accept-truncated'] && { acceptTruncated: 'true' }),
  };
  await decide(cli, command, body, values.json);
  return values.wait ? follow(cli, values.hold) : exitCode.done;
});

async function status({ client, print }: Cli, json: boolean): Promise<number> {
  const status = (await client.get('/consumption')).body as Status;
  const lines = [
    `views: ${status.state}, as of ${status.asOf ?? 'unknown'}, in ${status.file ?? 'no file'}`,
    `open dead letters: ${status.openDeadLetters}, open version gaps: ${status.openVersionGaps}`,
    ...status.stored.map(({ topic, partition, offset }) => `  ${topic}/${partition}@${offset}`),
    ...(status.kept === null ? [] : [`kept for a rollback: ${status.kept}`]),
    ...(status.rebuild === null ? [] : rebuildLines(status.rebuild, true)),
    ...(status.unverified === null ? [] : [`incomplete: ${status.unverified}`]),
    ...status.notReady.map((reason) => `not ready: ${reason}`),
  ];
  print(json ? JSON.stringify(status) : lines.join('\n'));
  return status.notReady.length === 0 ? exitCode.done : exitCode.notDone;
}

async function decide(
  { client, print }: Cli,
  command: string,
  body: Record<string, string>,
  json: boolean,
): Promise<void> {
  const answer = (await client.post(`/consumption/${command}`, body)) as { consumption: string };
  print(json ? JSON.stringify(answer) : answer.consumption);
}

async function backup({ client, print }: Cli, [file, ...more]: string[]): Promise<number> {
  if (file === undefined || more.length > 0) throw new UsageError('backup into which file?');
  const bytes = await saveBackup(client, file);
  if (file !== '-') print(`${file}: ${bytes} bytes`);
  return exitCode.done;
}

async function gaps({ client, print }: Cli, all: boolean, json: boolean): Promise<number> {
  const found = (await client.get(`/version-gaps?all=${all}&limit=10000`)).body as GapSummary[];
  const lines = found.map((gap) => {
    const end = gap.closedAt === null ? gap.repair : `closed by ${gap.closedBy}`;
    return `${gap.aggregate} versions ${gap.firstMissing} to ${gap.lastMissing}, jumped by ${gap.record}: ${end}`;
  });
  print(json ? JSON.stringify(found) : lines.join('\n') || 'no version is missing');
  return exitCode.done;
}
