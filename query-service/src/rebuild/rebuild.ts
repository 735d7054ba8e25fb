import { setTimeout as wait } from 'node:timers/promises';
import { failpoint } from 'service-kit/failpoints';
import { HistoryFault } from '../apply/history';
import { redriveAll } from '../apply/redrive';
import { rebuildFailpoints } from '../failpoints';
import type { Keeping } from '../keeping';
import type { RebuildPlan } from '../store/data-folder';
import type { Candidate } from './candidate';
import { differences, type Yardstick } from './differences';
import { ProgressMeter, type Progress } from './progress';
import { violations } from './verify';

const everyMs = 250;

/**
 * - `filling`: it reads the topics, the serving file goes on
 * - `verifying`: it has read everything; its numbers are looked at
 * - `ready`: verified. It swaps by itself, unless it is held
 * - `swapped`, `failed`, `aborted`: over; the serving file was not touched unless it says `swapped`
 */
export type RebuildState = 'filling' | 'verifying' | 'ready' | 'swapped' | 'failed' | 'aborted';

/** The side that serves, as a rebuild needs it. */
export interface Serving {
  /** What the candidate must have at least; null when what serves is of another history, or nothing does. */
  yardstick(): Yardstick | null;
  /** Puts the candidate in its place. @returns false when that has to be tried again */
  swapTo(rebuild: Rebuild): Promise<boolean>;
  /** Gives the candidate up. */
  abandon(rebuild: Rebuild): Promise<void>;
}

/** One rebuild, from the first record to the swap. Runs in the background and never throws. */
export class Rebuild {
  private at: RebuildState = 'filling';
  private readonly meter = new ProgressMeter();
  private readonly ending = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private reason: string | null = null;
  private found: readonly string[] = [];
  private released = false;
  /** It had read everything at the last look. */
  private isAtEnd = false;

  constructor(
    readonly plan: RebuildPlan,
    readonly candidate: Candidate,
    private readonly serving: Serving,
    private readonly keeping: Keeping,
  ) {}

  get state(): RebuildState {
    return this.at;
  }

  get isOver(): boolean {
    return this.at === 'swapped' || this.at === 'failed' || this.at === 'aborted';
  }

  /** It waits for an operator's `swap`. */
  get isHeld(): boolean {
    return this.at === 'ready' && !this.released && (this.plan.hold || this.differs);
  }

  /** Whether the serving file has what the candidate lacks, or counts otherwise. */
  get differs(): boolean {
    return this.found.length > 0;
  }

  get progress(): Progress {
    return this.meter.progress;
  }

  start(): void {
    this.running = this.run();
  }

  /** An operator's word: it may swap as soon as it is ready, whatever the differences are. */
  release(): void {
    this.released = true;
  }

  /** Called when the candidate serves. */
  swapped(): void {
    this.at = 'swapped';
    this.ending.abort();
  }

  /** Ends it for good, from within a turn of the serving side. */
  abort(): Promise<void> {
    this.at = 'aborted';
    this.ending.abort();
    return this.candidate.close();
  }

  /** Stops, to be gone on with by the next process. */
  async stop(): Promise<void> {
    const isOver = this.isOver;
    this.ending.abort();
    await this.running;
    if (!isOver && !this.isOver) await this.candidate.close();
  }

  /** For people. */
  describe() {
    const { candidate, why, startedAt } = this.plan;
    return {
      state: this.at,
      why,
      file: candidate,
      startedAt,
      held: this.isHeld,
      ...this.progress,
      differences: this.found,
      failure: this.reason,
    };
  }

  private async run(): Promise<void> {
    const { logger } = this.keeping;
    try {
      await this.readToTheEnd();
      this.become('verifying');
      await this.verify();
      await failpoint(rebuildFailpoints.verified);
      this.become('ready');
      if (this.isHeld) {
        logger.warn({ differences: this.found }, 'the rebuild waits for `consumption -- swap`');
      }
      while (this.isHeld || !(await this.serving.swapTo(this))) await this.tick();
    } catch (error) {
      if (this.ending.signal.aborted) {
        if (this.at === 'swapped')
          logger.error({ err: error }, 'the swap is cleaned up at the next start');
        return;
      }
      this.reason = explain(error);
      this.at = 'failed';
      logger.error({ err: error }, 'the rebuild has failed; the serving file is as it was');
      await this.serving.abandon(this).catch((abandoning: unknown) => {
        logger.error(
          { err: abandoning },
          'what is left of the rebuild is removed at the next start',
        );
      });
    }
  }

  /** Until the candidate's position has reached the ends of the partitions as they were a moment before. */
  private async readToTheEnd(): Promise<void> {
    const { consumer, applier } = this.candidate;
    do await this.tick();
    while (!(consumer.reading.notReady().length === 0 && applier.isConfirmed && this.isAtEnd));
  }

  private async verify(): Promise<void> {
    const { applier, store, file } = this.candidate;
    const { logger, definition } = this.keeping;
    const { signal } = this.ending;
    // What did not fit into a total when it was read may fit now.
    await redriveAll(applier, store, 'rebuild', logger);
    const broken = await violations(file, definition.invariants, signal);
    if (broken.length > 0) {
      throw new Error(`its numbers do not fit together: ${broken.join('; ')}`);
    }
    const yardstick = this.serving.yardstick();
    if (yardstick === null) return;
    this.found = await differences(this.candidate, yardstick, signal, () => this.readToTheEnd());
  }

  /** @throws when it was ended meanwhile: over is over */
  private become(state: RebuildState): void {
    this.ending.signal.throwIfAborted();
    this.at = state;
    const { percent, offsetsPerSecond } = this.progress;
    this.keeping.logger.info({ state, percent, offsetsPerSecond }, 'rebuild');
  }

  /** @throws what the candidate has failed with, or when the rebuild ends */
  private async tick(): Promise<void> {
    this.isAtEnd = false;
    await wait(everyMs, undefined, { signal: this.ending.signal });
    if (this.candidate.failure !== null) throw this.candidate.failure;
    try {
      // Positions first: so they are at the end only when nothing was written meanwhile.
      const positions = this.candidate.consumer.reading.next();
      this.meter.update(positions, await this.candidate.consumer.ends(), performance.now());
      this.isAtEnd = this.progress.read === this.progress.toRead;
    } catch (error) {
      // A broker that is away comes back.
      this.keeping.logger.debug({ err: error }, 'ends of the topics not read');
    }
  }
}

function explain(error: unknown): string {
  if (error instanceof HistoryFault) return `${error.what}: ${error.inRebuild}`;
  return error instanceof Error ? error.message : String(error);
}
