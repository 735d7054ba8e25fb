import { parseArgs } from 'node:util';
import { exitCode, runCli, UsageError, type Cli } from './cli/run';
import type { Projection } from './projection';
import type { GapSummary } from './store/version-gaps';

const usage = `usage: consumption <command> [--json]

  status    where reading stands, and why it has halted if it has
  resume    read the topics again from the beginning, into the same views
  rebuild   fill a new database file from the beginning of the topics
  gaps      versions that were jumped over [--all: closed ones, too]

Exit codes: 0 done, or ready; 1 refused, or not ready; 2 wrong arguments; 3 no service answers.`;

void runCli(usage, async (cli) => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      all: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const [command, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`what is ${more.join(' ')}?`);
  switch (command) {
    case 'status':
      return status(cli, values.json);
    case 'resume':
    case 'rebuild':
      return decide(cli, command, values.json);
    case 'gaps':
      return gaps(cli, values.all, values.json);
    default:
      throw new UsageError(command === undefined ? 'no command' : `no command ${command}`);
  }
});

async function status({ client, print }: Cli, json: boolean): Promise<number> {
  const status = (await client.get('/consumption')).body as ReturnType<Projection['describe']>;
  const lines = [
    `views: ${status.state}, as of ${status.asOf ?? 'unknown'}, in ${status.file ?? 'no file'}`,
    `open dead letters: ${status.openDeadLetters}, open version gaps: ${status.openVersionGaps}`,
    ...status.stored.map(({ topic, partition, offset }) => `  ${topic}/${partition}@${offset}`),
    ...status.notReady.map((reason) => `not ready: ${reason}`),
  ];
  print(json ? JSON.stringify(status) : lines.join('\n'));
  return status.notReady.length === 0 ? exitCode.done : exitCode.notDone;
}

async function decide(
  { client, print }: Cli,
  command: 'resume' | 'rebuild',
  json: boolean,
): Promise<number> {
  const answer = (await client.post(`/consumption/${command}`)) as { consumption: string };
  print(json ? JSON.stringify(answer) : answer.consumption);
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
