import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Pipeline } from 'contracts/pipeline';
import { exitCode, runCli, UsageError, type Cli } from './cli/run';
import { statusLines } from './cli/status';

const usage = `usage: status [--json] [--watch]

The pipeline, hop by hop: outbox, slot, connector, topics, consumer, views.

  --json    the answer of GET /api/pipeline, one line
  --watch   again every second, until Ctrl-C

Exit codes: 0 all is well; 1 something is not; 2 the query service cannot be reached, or wrong arguments.`;

const everyMs = 1_000;
const unreachable = 2;

void runCli(
  usage,
  async (cli) => {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        watch: { type: 'boolean', default: false },
      },
    });
    if (positionals.length > 0) throw new UsageError(`what is ${positionals.join(' ')}?`);
    do {
      const pipeline = (await cli.client.get('/api/pipeline')).body as Pipeline;
      print(cli, pipeline, values);
      process.exitCode = pipeline.state === 'ok' ? exitCode.done : exitCode.notDone;
      if (values.watch) await wait(everyMs);
    } while (values.watch);
    return Number(process.exitCode);
  },
  unreachable,
);

function print(cli: Cli, pipeline: Pipeline, { json, watch }: { json: boolean; watch: boolean }) {
  if (json) return cli.print(JSON.stringify(pipeline));
  // From the top of an emptied screen.
  if (watch && process.stdout.isTTY) process.stdout.write('\x1b[H\x1b[2J');
  cli.print(statusLines(pipeline).join('\n'));
}
