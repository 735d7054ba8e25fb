import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { exitCode, type ExitCode, NoAnswer, UsageError } from 'service-kit/command-errors';
import { type Command, command, json, print, runs } from 'service-kit/command-line';

const script = join(__dirname, '..', '..', 'query-service', 'new-view.mjs');

const view = command(
  'view',
  `write a view with its route, oracle and test

docs/add-a-view.md goes on from there.`,
)
  .argument('<name>', 'a new one, such as order-value-by-day')
  .addOption(json());
runs(view, async (name: string, options: { json: boolean }): Promise<ExitCode> => {
  if (!existsSync(script))
    throw new NoAnswer('a view is written in a checkout: here are no sources');
  const { stdout } = await promisify(execFile)(process.execPath, [script, name]).catch(refused);
  const files = stdout.trim();
  print(options.json ? JSON.stringify({ files: files.split('\n') }) : files);
  return exitCode.well;
});

function refused({ code, stderr }: { code?: unknown; stderr: string }): never {
  const said = stderr.trim();
  throw code === exitCode.usage ? new UsageError(said) : new NoAnswer(said);
}

export const create: Command = command(
  'new',
  'write a view that works, to be changed into the one that is wanted',
).addCommand(view);
