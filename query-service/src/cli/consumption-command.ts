import { printable } from 'contracts/printable';
import { exitCode, type ExitCode } from 'service-kit/command-errors';
import { type Command, command, json, print, runs } from 'service-kit/command-line';
import { adminCli, type Cli } from './config';
import { saveBackup } from './backup';
import { follow, rebuildLines, type Status } from './rebuild';

interface Options {
  readonly json: boolean;
  readonly wait?: boolean;
  readonly hold?: boolean;
  readonly acceptTruncated?: boolean;
}

const part = (name: string, description: string) => command(name, description).addOption(json());

const status = part('status', 'where reading stands, why it has halted, how far a rebuild is');
runs(status, async ({ json }: Options): Promise<ExitCode> => {
  const answer = (await adminCli().client.get('/consumption')).body as Status;
  print(json ? JSON.stringify(answer) : statusText(answer));
  return answer.notReady.length === 0 ? exitCode.well : exitCode.found;
});

const skip = part('skip', 'go on behind a batch that cannot be decoded')
  .argument('<batch>', 'topic/partition@offset, as the halt names it')
  .requiredOption('--why <text>', 'goes on record');
runs(skip, async (place: string, { json, why }: Options & { why: string }): Promise<ExitCode> => {
  const cli = adminCli();
  await decide(cli, 'skip', { place, why, by: cli.by }, json);
  return exitCode.well;
});

const backup = part('backup', 'write a copy of the views and of where reading stands').argument(
  '<file>',
  '- is standard output',
);
runs(backup, async (file: string, { json }: Options): Promise<ExitCode> => {
  const bytes = await saveBackup(adminCli().client, file);
  if (file !== '-') print(json ? JSON.stringify({ file, bytes }) : `${file}: ${bytes} bytes`);
  return exitCode.well;
});

const waits = (one: ReturnType<typeof part>) =>
  one.option('--wait', 'show progress until it has swapped', false);
const holds = (one: ReturnType<typeof part>) =>
  waits(one).option('--hold', 'swap when `swap` says so', false);

export const consumption: Command = command(
  'consumption',
  'reading the topics: status, resume, rebuild, backup',
)
  .addCommand(status)
  .addCommand(decision('resume', 'read the topics again from the beginning, into the same views'))
  .addCommand(skip)
  .addCommand(
    holds(
      decision(
        'rebuild',
        'fill a new database file from the beginning of the topics, beside the one that serves; verify it; swap',
      ),
    ).option('--accept-truncated', 'take what the topics hold now for all there is', false),
  )
  .addCommand(waits(decision('swap', 'let a held rebuild swap')))
  .addCommand(decision('abort', 'give a rebuild up'))
  .addCommand(
    holds(
      decision(
        'rollback',
        'read on in the file that served before, beside the one that serves; verify it; swap',
      ),
    ),
  )
  .addCommand(backup);

/** A command that the admin listener takes under the same name. */
function decision(name: string, description: string) {
  return runs(part(name, description), async (options: Options): Promise<ExitCode> => {
    const cli = adminCli();
    const body = {
      ...(options.hold && { hold: 'true' }),
      ...(options.acceptTruncated && { acceptTruncated: 'true' }),
    };
    await decide(cli, name, body, options.json);
    return options.wait ? follow(cli, options.hold === true) : exitCode.well;
  });
}

async function decide(
  { client }: Cli,
  name: string,
  body: Record<string, string>,
  json: boolean,
): Promise<void> {
  const answer = (await client.post(`/consumption/${name}`, body)) as { consumption: string };
  print(json ? JSON.stringify(answer) : answer.consumption);
}

function statusText(status: Status): string {
  return [
    `views: ${status.state}, as of ${status.asOf ?? 'unknown'}, in ${status.file ?? 'no file'}`,
    `open dead letters: ${status.openDeadLetters}`,
    ...status.stored.map(({ topic, partition, offset }) => `  ${topic}/${partition}@${offset}`),
    ...(status.kept === null ? [] : [`kept for a rollback: ${status.kept}`]),
    ...(status.rebuild === null ? [] : rebuildLines(status.rebuild, true)),
    ...(status.unverified === null ? [] : [`incomplete: ${status.unverified}`]),
    ...status.notReady.map((reason) => `not ready: ${reason}`),
  ]
    .map(printable)
    .join('\n');
}
