import { setTimeout as sleep } from 'node:timers/promises';
import { createBackoff } from './backoff';
import { StartError } from './errors';
import { removePidFile, writePidFile } from './pid-file';
import { type Command, endProcess, type Exit, startProcess, tail } from './process';
import { until } from './until';

/** One long-running process of the stack. */
export interface Part {
  name: string;
  /**
   * Sees to what must be there before each start, and tells how to start.
   *
   * @param noteProcess gets the id of a process that runs meanwhile and would outlive a kill
   */
  prepare(logFile: string, noteProcess?: (pid: number) => void): Promise<Command>;
  /** Resolves when it does its job; throws as long as it does not, saying why. */
  isReady(): Promise<void>;
  stopSignal: NodeJS.Signals;
  /** Whether its exit code 2 means a wrong environment. Connect ends so whenever Kafka is not there in time. */
  saysBadConfiguration?: boolean;
  /** How long it may take to stop by itself. */
  graceMs: number;
}

const livesBeforeReady = 5;
const waitingLineMs = 15_000;
/** What our services end with when their environment is wrong: trying again cannot help. */
const badConfiguration = 2;

/** Keeps one part running, life after life, until it is stopped. */
export class SupervisedPart {
  /** Settles when the part is ready for the first time, or cannot be brought up (StartError). */
  readonly ready: Promise<void>;
  private readonly lives: Promise<void>;
  private readonly stopRequest = new AbortController();
  private hasBeenReady = false;

  constructor(
    private readonly part: Part,
    private readonly logFile: string,
    private readonly runDirectory: string,
    private readonly report: (line: string) => void,
  ) {
    let lives: Promise<void> = Promise.resolve();
    this.ready = new Promise((resolve, reject) => {
      lives = this.live(resolve, reject);
    });
    this.lives = lives;
  }

  async stop(): Promise<void> {
    this.stopRequest.abort();
    await this.lives;
  }

  private async live(onReady: () => void, onGivenUp: (error: StartError) => void): Promise<void> {
    const { name } = this.part;
    const backoff = createBackoff();
    for (let life = 1; ; life++) {
      const began = performance.now();
      const end = await this.liveOnce(onReady, onGivenUp).catch((error: unknown) => error as Error);
      if (this.stopRequest.signal.aborted) return;
      const how =
        end instanceof Error
          ? firstLine(end.message)
          : `ended (${end.signal ?? `code ${end.code}`})`;
      const hopeless =
        this.part.saysBadConfiguration === true &&
        !(end instanceof Error) &&
        end.code === badConfiguration;
      if (!this.hasBeenReady && (hopeless || life === livesBeforeReady)) {
        onGivenUp(new StartError(`${name} ${how}:\n${tail(this.logFile)}\nlog: ${this.logFile}`));
        return;
      }
      const waitMs = backoff(performance.now() - began);
      this.report(`${name} ${how}; restart in ${waitMs / 1000} s; log: ${this.logFile}`);
      await sleep(waitMs, undefined, this.stopRequest).catch(() => undefined);
      if (this.stopRequest.signal.aborted) return;
    }
  }

  /** From one start to the end of the process. */
  private async liveOnce(
    onReady: () => void,
    onGivenUp: (error: StartError) => void,
  ): Promise<Exit> {
    const note = (pid: number): void => writePidFile(this.runDirectory, this.part.name, pid);
    const command = await this.part.prepare(this.logFile, note);
    this.stopRequest.signal.throwIfAborted();
    const running = await startProcess(command, this.logFile);
    note(running.pid);

    const life = new AbortController();
    const stop = (): void => void endProcess(running, this.part.stopSignal, this.part.graceMs);
    if (this.stopRequest.signal.aborted) stop();
    else this.stopRequest.signal.addEventListener('abort', stop, life);
    this.untilReady(life.signal).then(onReady, (error: unknown) => {
      if (error instanceof StartError) onGivenUp(error);
    });

    const exit = await running.exited;
    life.abort();
    removePidFile(this.runDirectory, this.part.name);
    return exit;
  }

  private async untilReady(life: AbortSignal): Promise<void> {
    const began = performance.now();
    let lastLine = began;
    await until(
      () => this.part.isReady(),
      Infinity,
      (error) => {
        life.throwIfAborted();
        if (error instanceof StartError && !this.hasBeenReady) throw error;
        if (performance.now() - lastLine < waitingLineMs) return;
        lastLine = performance.now();
        this.report(`${this.part.name} is not ready yet: ${(error as Error).message}`);
      },
      100,
    );
    if (this.hasBeenReady) {
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      this.report(`${this.part.name} is ready again after ${seconds} s`);
    }
    this.hasBeenReady = true;
  }
}

/** What follows are lines of a log, which is named anyhow. */
const firstLine = (text: string): string => text.replace(/:?\n[^]*/, '');
