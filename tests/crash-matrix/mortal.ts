import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { answersReady } from 'local/ready';
import { tail } from 'local/process';
import { until } from 'local/until';
import { checkout } from '../support/docker';

const deadlineMs = 120_000;

/** How a process is run: a compiled program of this repository. */
export interface Program {
  /** Such as `command-service/dist/main.js`. */
  readonly script: string;
  readonly args?: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** Answers 200 when it serves; undefined for a program that does one thing and ends. */
  readonly ready?: string;
}

/**
 * A process of ours that dies where it is told to: by a message over the channel that only who started it
 * has (`service-kit/failpoints`).
 */
export class Mortal {
  private child: ChildProcess | undefined;
  /** Each life's end, by the clock of this process. */
  private diedAt = 0;

  constructor(readonly program: Program) {}

  /** Starts it, and waits until it serves. */
  async start(): Promise<void> {
    await this.launch();
    await this.untilReady();
  }

  /** @param spec as FAILPOINTS, for what is passed before a message can come */
  async launch(spec = ''): Promise<void> {
    const { script, args = [], environment, logFile } = this.program;
    const log = openSync(logFile, 'w');
    const child = spawn(process.execPath, [join(checkout, script), ...args], {
      env: { ...environment, FAILPOINTS: spec },
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    child.once('exit', () => (this.diedAt = performance.now()));
    this.child = child;
    await once(child, 'spawn');
    endWithThisProcess(child);
  }

  /** @throws its log's end when it ends instead */
  async untilReady(): Promise<void> {
    const { child, program } = this;
    await until(
      () => answersReady(program.ready ?? ''),
      deadlineMs,
      (error) => {
        if (child?.exitCode != null || child?.signalCode != null) throw error;
      },
    ).catch((cause: unknown) => {
      throw new Error(`${program.script} is not ready:\n${tail(program.logFile)}`, { cause });
    });
  }

  /** Arms a failpoint; resolves when it is armed. */
  async arm(name: string, pass = 1): Promise<void> {
    const { child } = this;
    if (child === undefined) throw new Error('it does not run');
    const acknowledged = once(child, 'message');
    child.send({ failpoints: `${name}=kill@${pass}` });
    await acknowledged;
  }

  /** Whether it lives. */
  get lives(): boolean {
    const { child } = this;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** Milliseconds since its death. */
  get sinceDeath(): number {
    return performance.now() - this.diedAt;
  }

  /** Waits for its death, and makes sure that it died at this failpoint and of nothing else. */
  async diedAtFailpoint(name: string): Promise<void> {
    const { child, program } = this;
    if (child === undefined) throw new Error('it does not run');
    await until(() => {
      if (this.lives) throw new Error(`${program.script} lives: ${name} was not reached`);
    }, deadlineMs);
    const log = readFileSync(program.logFile, 'utf8');
    expect({ signal: child.signalCode, log: log.slice(-2_000) }).toEqual({
      signal: 'SIGKILL',
      log: expect.stringContaining(`killed at failpoint ${name}\n`) as string,
    });
  }

  /** Waits for its end, as of a program that does one thing. @returns the exit code */
  async ended(): Promise<number | null> {
    if (this.lives && this.child !== undefined) await once(this.child, 'exit');
    return this.child?.exitCode ?? null;
  }

  async kill(): Promise<void> {
    if (!this.lives || this.child === undefined) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}

/** Leaves no process behind even when the test run itself is killed: its end closes the pipe. */
function endWithThisProcess(child: ChildProcess): void {
  const watcher = spawn('sh', ['-c', 'read _ || kill -KILL $1', 'sh', String(child.pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.unref();
  child.once('exit', () => watcher.stdin.end('ended\n'));
}
