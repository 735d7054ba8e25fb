import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';

export interface Command {
  file: string;
  args: readonly string[];
  /** Whole environment; that of this process when left out. */
  env?: NodeJS.ProcessEnv;
  /** Whom to run as; only root can choose. */
  owner?: Owner;
}

export interface Owner {
  uid: number;
  gid: number;
}

/** A started process and its process group: a signal reaches its children too. */
export interface RunningProcess {
  pid: number;
  logFile: string;
  /** Settles once, when the process has ended. */
  exited: Promise<Exit>;
  signal(signal: NodeJS.Signals): void;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

const alive = new Set<number>();

/** Ends every process that was started here, with its group, at once. */
export function killEverything(): void {
  for (const pid of alive) signalGroup(pid, 'SIGKILL');
}

/**
 * Starts a process in a group of its own, so that a terminal's Ctrl-C does not reach it.
 *
 * @param logFile gets what it writes, appended
 * @throws the spawn error, such as ENOENT or EACCES
 */
export async function startProcess(command: Command, logFile: string): Promise<RunningProcess> {
  const log = openSync(logFile, 'a');
  let child: ChildProcess;
  try {
    child = spawn(command.file, command.args, {
      detached: true,
      stdio: ['ignore', log, log],
      ...(command.env && { env: command.env }),
      ...command.owner,
    });
  } finally {
    closeSync(log);
  }
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      if (child.pid !== undefined) alive.delete(child.pid);
      resolve({ code, signal });
    });
  });
  await once(child, 'spawn');
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command.file} has no process id`);
  alive.add(pid);
  return { pid, logFile, exited, signal: (signal) => signalGroup(pid, signal) };
}

/** Runs a process to its end. @throws when it fails, with the last lines that it wrote */
export async function runToEnd(command: Command, logFile: string): Promise<void> {
  const running = await startProcess(command, logFile);
  const { code, signal } = await running.exited;
  if (code !== 0) {
    throw new Error(`${command.file} ended with ${code ?? signal}:\n${tail(logFile)}`);
  }
}

/**
 * Asks a process to end, and after the grace period makes it.
 *
 * @param graceMs how long it may take to end by itself
 */
export async function endProcess(
  running: RunningProcess,
  signal: NodeJS.Signals,
  graceMs: number,
): Promise<void> {
  running.signal(signal);
  const kill = setTimeout(() => running.signal('SIGKILL'), graceMs);
  await running.exited;
  clearTimeout(kill);
  // What the leader left behind in its group, if anything.
  running.signal('SIGKILL');
}

/** The last lines of a log, for an error message. */
export function tail(logFile: string): string {
  if (!existsSync(logFile)) return '';
  return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
}

/** Signals a process group; one that has just ended is no error. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
