import { parseArgs } from 'node:util';
import { printable } from 'contracts/printable';
import { follow, rebuildLines, type Status } from './cli/rebuild';
import { saveBackup } from './cli/backup';
import { exitCode, runCli, UsageError, type Cli } from './cli/run';

const usage = `usage: consumption <command> [--json]

  status    where reading stands, why it has halted if it has, how far a rebuild is
  resume    read the topics again from the beginning, into the same views
  skip R    go on behind a batch that cannot be decoded. R is topic/partition@offset, as the halt names it;
            --why "…" goes on record
  rebuild   fill a new database file from the beginning of the topics, beside the one that serves; verify
            it; swap [--wait: show progress until then] [--hold: swap on \`swap\` only]
            [--accept-truncated: take what the topics hold now for all there is]
  swap      let a held rebuild swap [--wait]
  abort     give a rebuild up
  rollback  read on in the file that served before, beside the one that serves; verify it; swap
            [--wait] [--hold]
  backup F  write a copy of the views and of where reading stands into the file F; - is standard output

Exit codes: 0 done, or ready; 1 refused, failed, or not ready; 2 wrong arguments; 3 no service answers.`;

const options = {
  why: { type: 'string' },
  json: { type: 'boolean', default: false },
  wait: { type: 'boolean', default: false },
  hold: { type: 'boolean', default: false },
  'accept-truncated': { type: 'boolean', default: false },
} as const;

type Option = keyof typeof options;

/** The options that each command takes. */
const commands: Record<string, readonly Option[]> = {
  status: [],
  resume: [],
  skip: ['why'],
  rebuild: ['wait', 'hold', 'accept-truncated'],
  swap: ['wait'],
  abort: [],
  rollback: ['wait', 'hold'],
};

void runCli(usage, async (cli) => {
  const { positionals, values } = parseArgs({ allowPositionals: true, options });
  const [command = '', ...more] = positionals;
  if (command === 'backup') return backup(cli, more);
  if (more.length > (command === 'skip' ? 1 : 0)) {
    throw new UsageError(`what is ${more.join(' ')}?`);
  }
  const taken = commands[command];
  if (taken === undefined)
    throw new UsageError(command === '' ? 'no command' : `no command ${command}`);
  const given = (Object.keys(options) as Option[]).filter((name) => values[name]);
  const stray = given.find((name) => name !== 'json' && !taken.includes(name));
  if (stray !== undefined) throw new UsageError(`${command} takes no --${stray}`);

  if (command === 'status') return status(cli, values.json);
  if (command === 'skip') {
    const [place] = more;
    const { why } = values;
    if (place === undefined || why === undefined) {
      throw new UsageError('skip which batch, and --why?');
    }
    await decide(cli, command, { place, why, by: cli.by }, values.json);
    return exitCode.done;
  }
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
    `open dead letters: ${status.openDeadLetters}`,
    ...status.stored.map(({ topic, partition, offset }) => `  ${topic}/${partition}@${offset}`),
    ...(status.kept === null ? [] : [`kept for a rollback: ${status.kept}`]),
    ...(status.rebuild === null ? [] : rebuildLines(status.rebuild, true)),
    ...(status.unverified === null ? [] : [`incomplete: ${status.unverified}`]),
    ...status.notReady.map((reason) => `not ready: ${reason}`),
  ];
  print(json ? JSON.stringify(status) : lines.map(printable).join('\n'));
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
