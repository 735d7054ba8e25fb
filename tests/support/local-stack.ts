import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { recordedProcesses } from 'local/pid-file';
import { tail } from 'local/process';
import { until } from 'local/until';
import { Addresses } from './addresses';
import { type PartName, portNames, type Ports } from './parts';
import { asEnvironment, portsFor } from './ports';
import type { Stack } from './stack';

const thisCheckout = resolve(__dirname, '..', '..');
const startDeadlineMs = 120_000;
const restartDeadlineMs = 60_000;

export type StackPorts = Ports &
  Readonly<Record<'KAFKA_PORT' | 'KAFKA_CONTROLLER_PORT' | 'CONNECT_WORKER_PORT', number>>;

/** A free port for everything that `npm start` starts. */
export function freeStackPorts(): Promise<StackPorts> {
  return portsFor([
    ...portNames,
    'KAFKA_PORT',
    'KAFKA_CONTROLLER_PORT',
    'CONNECT_WORKER_PORT',
  ] as const);
}

interface LocalStackOptions {
  /** Besides the ports, for all parts or for one (`<PART>_ENV_<NAME>`). */
  readonly environment?: NodeJS.ProcessEnv;
  /** Every port that it needs, where a test has to know them before; free ones otherwise. */
  readonly ports?: StackPorts;
  /** Whose `npm start` it is; this checkout's unless a test has another. */
  readonly checkout?: string;
}

/** The system as `npm start` runs it, by the same script, in a folder of its own. */
export class LocalStack extends Addresses implements Stack {
  private supervisor: ChildProcess | undefined;

  private constructor(
    readonly folder: string,
    override readonly ports: StackPorts,
    readonly options: LocalStackOptions,
  ) {
    super(ports);
  }

  get bootstrapServers(): string {
    return `127.0.0.1:${this.ports.KAFKA_PORT}`;
  }

  static async start(options: LocalStackOptions = {}): Promise<LocalStack> {
    const ports = options.ports ?? (await freeStackPorts());
    const folder = mkdtempSync(join(tmpdir(), 'outbox-analytics-stack-'));
    const stack = new LocalStack(folder, ports, options);
    try {
      await stack.startAgain();
    } catch (error) {
      await stack.remove();
      throw error;
    }
    return stack;
  }

  /** One that another test file has started, from what that file wrote down. */
  static running({
    folder,
    ports,
    options,
  }: Pick<LocalStack, 'folder' | 'ports' | 'options'>): LocalStack {
    return new LocalStack(folder, ports, options);
  }

  async startAgain(): Promise<void> {
    const output = join(this.folder, 'output.log');
    const log = openSync(output, 'w');
    const { environment, checkout = thisCheckout } = this.options;
    const child = spawn(process.execPath, [join(checkout, 'local', 'start.mjs')], {
      env: {
        ...process.env,
        ...environment,
        ...asEnvironment(this.ports),
        LOCAL_DIR: this.folder,
      },
      // A pipe on its input would do as well: what matters is that no terminal's Ctrl-C reaches it.
      detached: true,
      stdio: ['ignore', log, log],
    });
    // It may outlive the file that starts it.
    child.unref();
    this.supervisor = child;
    await until(
      () => {
        if (!readFileSync(output, 'utf8').includes('Ready after')) throw new Error('not ready');
      },
      startDeadlineMs,
      (error) => {
        if (child.exitCode !== null) throw error;
      },
    ).catch((cause: unknown) => {
      throw new Error(`not ready:\n${readFileSync(output, 'utf8')}\n${this.logTails()}`, { cause });
    });
  }

  /** The folder goes with a failed test, so its error tells what each part wrote last. */
  private logTails(): string {
    const directory = join(this.folder, 'logs');
    if (!existsSync(directory)) return '';
    return readdirSync(directory)
      .filter((file) => file.endsWith('.log'))
      .map((file) => `${file}:\n${tail(join(directory, file))}`)
      .join('\n\n');
  }

  async kill(part: PartName): Promise<void> {
    const before = await until(() => this.runningPid(part), restartDeadlineMs);
    process.kill(-before, 'SIGKILL');
    await until(() => {
      if (this.runningPid(part) === before) throw new Error(`${part} is not restarted`);
    }, restartDeadlineMs);
  }

  /** The supervisor first, so that it restarts nothing. */
  async killAll(): Promise<void> {
    const all = this.recorded();
    const supervisor = all.find(({ name }) => name === 'supervisor');
    if (supervisor !== undefined) process.kill(supervisor.pid, 'SIGKILL');
    for (const { pid, name } of all) if (name !== 'supervisor') process.kill(-pid, 'SIGKILL');
    await this.ended();
  }

  /**
   * Ctrl-C; resolves when the supervisor has ended.
   *
   * @returns the exit code; null of a supervisor that another file has started
   */
  async interrupt(): Promise<number | null> {
    const supervisor = this.recorded().find(({ name }) => name === 'supervisor');
    if (supervisor !== undefined) process.kill(supervisor.pid, 'SIGINT');
    return this.ended();
  }

  async remove(): Promise<void> {
    // An orderly end takes some seconds, or twenty where the JVMs write their class archives: ctrl-c.local.test.ts looks at it.
    if (this.recorded().length > 0) await this.killAll();
    // What was killed may still be writing its last.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }

  /** The process id of a part, which is its group's too. @throws when it does not run */
  runningPid(part: string): number {
    const pid = this.recorded().find(({ name }) => name === part)?.pid;
    if (pid === undefined) throw new Error(`${part} does not run`);
    return pid;
  }

  private recorded(): { name: string; pid: number }[] {
    return recordedProcesses(join(this.folder, 'run'));
  }

  private async ended(): Promise<number | null> {
    const child = this.supervisor;
    if (child === undefined) {
      await until(() => {
        const names = this.recorded().map(({ name }) => name);
        if (names.includes('supervisor')) throw new Error('the supervisor still runs');
      }, restartDeadlineMs);
    } else if (child.exitCode === null && child.signalCode === null) {
      await once(child, 'exit');
    }
    return child?.exitCode ?? null;
  }
}
