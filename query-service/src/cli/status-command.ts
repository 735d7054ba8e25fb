import { setTimeout as wait } from 'node:timers/promises';
import type { Pipeline } from 'contracts/pipeline';
import { exitCode, type ExitCode } from 'service-kit/command-errors';
import { type Command, command, json, print, runs } from 'service-kit/command-line';
import { adminCli } from './config';
import { colourOfHop, statusLines } from './status-text';

const everyMs = 1_000;

export const status: Command = command(
  'status',
  `the pipeline, hop by hop: outbox, slot, connector, topics, consumer, views

Ends with 0 when all is well, with 1 when a hop is not.`,
)
  .addOption(json())
  .option('--watch', 'again every second, until Ctrl-C', false);

runs(status, async (options: { json: boolean; watch: boolean }): Promise<ExitCode> => {
  const { client } = adminCli();
  for (;;) {
    const pipeline = (await client.get('/api/pipeline')).body as Pipeline;
    show(pipeline, options);
    const code = pipeline.state === 'ok' ? exitCode.well : exitCode.found;
    if (!options.watch) return code;
    await wait(everyMs);
  }
});

function show(pipeline: Pipeline, options: { json: boolean; watch: boolean }): void {
  if (options.json) return print(JSON.stringify(pipeline));
  // Clear the screen and begin at its top.
  if (options.watch && process.stdout.isTTY) process.stdout.write('\x1b[H\x1b[2J');
  print(statusLines(pipeline).join('\n'), colourOfHop);
}
