import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from 'local/until';
import type { LocalStack } from './local-stack';
import { asEnvironment } from './ports';

const checkout = join(__dirname, '..', '..');
const document = readFileSync(join(checkout, 'docs', 'operations.md'), 'utf8');
const commandDeadlineMs = 120_000;

/**
 * The commands of a section of docs/operations.md for the stack without Docker: its block that begins
 * with `# npm start`, a command a line.
 *
 * @throws when there is no such section or block: the document and its test must not drift apart
 */
function commandsOf(heading: string): string[] {
  const [, section] =
    new RegExp(`^##+ ${escape(heading)}\n(.*?)(?=^##+ |(?![^]))`, 'ms').exec(document) ?? [];
  if (section === undefined) throw new Error(`docs/operations.md has no section "${heading}"`);
  const [, block] = /```sh\n# npm start\n(.*?)```/s.exec(section) ?? [];
  if (block === undefined) throw new Error(`section "${heading}" has no block for npm start`);
  return block.trim().split('\n');
}

/**
 * Does what the section says, as an operator: `# Ctrl-C` in the terminal of `npm start`, `npm start`
 * there, everything else in another one.
 *
 * @returns what the commands print, when the whole stack is ready
 */
export async function follow(heading: string, stack: LocalStack): Promise<string> {
  let output = '';
  let starting: Promise<void> = Promise.resolve();
  for (const line of commandsOf(heading)) {
    if (line.startsWith('# Ctrl-C')) await stack.interrupt();
    else if (line.startsWith('# ')) continue;
    else if (line.split(' #')[0]?.trim() === 'npm start') {
      starting = stack.startAgain();
      starting.catch(() => undefined);
      await partsAnswer(stack, starting);
    } else output += await run(line, stack);
  }
  await starting;
  return output;
}

/** An operator goes on when the parts answer: some say that they are not ready until he has. */
async function partsAnswer(stack: LocalStack, starting: Promise<void>): Promise<void> {
  await Promise.race([
    starting,
    until(async () => {
      await Promise.all(
        [stack.commands, stack.queryAdmin].map((url) => fetch(`${url}/health/live`)),
      );
      const connectors = await (await fetch(`${stack.connect}/connectors`)).text();
      if (!connectors.includes('outbox-relay')) throw new Error('no connector yet');
    }, 120_000),
  ]);
}

/** A command of the document, for this stack's folder and ports. @returns what it prints */
async function run(command: string, stack: LocalStack): Promise<string> {
  const here = command
    .replaceAll('.local/', `${stack.folder}/`)
    .replaceAll('backups/', `${stack.folder}/backups/`);
  const { stdout } = await promisify(execFile)('sh', ['-c', here], {
    cwd: checkout,
    env: { ...process.env, ...asEnvironment(stack.ports), LOCAL_DIR: stack.folder },
    timeout: commandDeadlineMs,
  });
  return stdout;
}

const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
