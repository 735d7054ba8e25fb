import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { relative } from 'node:path';
import { promisify } from 'node:util';
import { containerOf, isInContainers } from 'contracts/commands';
import { NoAnswer } from 'service-kit/command-errors';
import { chooseFolder, type Login, readStackConfig, takeEnvironment } from './config';
import { checkout } from './paths';
import { runningStack } from './running-stack';

/** A verb of `outbox`, as it was typed. */
export interface Asked {
  readonly name: string;
  /** What it may see. */
  readonly logins: readonly Login[];
  /** The `npm start` that is meant, by its folder; undefined: LOCAL_DIR's, or else the containers of this checkout. */
  readonly folder: string | undefined;
  /** All words behind `outbox`. */
  readonly args: readonly string[];
}

/**
 * Finds the running system of this checkout, and gives this process the environment that the verb needs: that of `npm start` in
 * the folder, with no other logins than these. Where the system runs in containers, the verb is run in one of them, and this
 * process ends with its exit code.
 *
 * @throws {NoAnswer} when nothing runs; {ConfigurationError}
 */
export async function findSystem({ name, logins, folder, args }: Asked): Promise<void> {
  if (folder !== undefined) chooseFolder(folder);
  const ours = readStackConfig();
  const stack = runningStack(ours.directory);
  if (stack !== null) return takeEnvironment(stack.environmentFor(...logins));
  if (folder === undefined && (await composeRuns())) {
    // What no container has reaches the system by the ports that it publishes.
    if (!isInContainers(name)) return takeEnvironment(ours.environmentFor(...logins));
    process.exit(await runInContainer(containerOf(name), args));
  }
  const where = relative(process.cwd(), ours.directory) || '.';
  throw new NoAnswer(
    folder === undefined
      ? `nothing runs here, neither npm start (in ${where}) nor docker compose: start one, or say --dir`
      : `no npm start runs in ${where}`,
  );
}

/** Whether a compose project of this checkout has running containers; without docker, none. */
async function composeRuns(): Promise<boolean> {
  const listed = promisify(execFile)(
    'docker',
    ['compose', 'ps', '--status', 'running', '--services'],
    { cwd: checkout, timeout: 10_000 },
  );
  return listed.then(
    ({ stdout }) => stdout.trim() !== '',
    () => false,
  );
}

/** @param container such as `exec query-service` @returns the exit code */
async function runInContainer(container: string, args: readonly string[]): Promise<number> {
  const words = container.split(' ');
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  const terminal = isTerminal ? [] : ['-T'];
  const service = words.slice(-1);
  const child = spawn(
    'docker',
    ['compose', ...words.slice(0, -1), ...terminal, ...service, 'outbox', ...args],
    { cwd: checkout, stdio: 'inherit' },
  );
  // It gets them, too, and its end is ours.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
