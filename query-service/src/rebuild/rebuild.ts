import { setTimeout as wait } from 'node:timers/promises';
import type { PartitionOffsets } from 'kafka-client/offset-ranges';
import { failpoint } from 'service-kit/failpoints';
import { HistoryFault } from '../model/history';
import { redriveAll } from '../apply/redrive';
import { rebuildFailpoints } from '../failpoints';
import type { ReplicaContext } from '../serving/replica-context';
import type { RebuildPlan } from '../store/views-home';
import type { Candidate } from './candidate';
import { differences, type Baseline } from './differences';
import { hasReached, RebuildProgressMeter, type RebuildProgress } from './progress';

const everyMs = 250;
/** So far behind the end a candidate may be: under steady load, one whose steps take longer than events take to come is never at it. */
const nearMs = 5_000;

/**
 * - `filling`: it reads the topics, while the serving file goes on
 * - `verifying`: it has read everything; its invariants are being checked
 * - `ready`: verified. It swaps by itself, unless it is held
 * - `swapped`, `failed`, `aborted`: over; the serving file was not touched unless it says `swapped`
 */
export type RebuildState = 'filling' | 'verifying' | 'ready' | 'swapped' | 'failed' | 'aborted';

/** What a rebuild needs of the serving side. */
export interface Serving {
  /** What the candidate must have at least; null when the serving file has another history, or none serves. */
  baseline(): Baseline | null;
  /** Makes the candidate serve. @returns false when that must be tried again */
  swapTo(rebuild: Rebuild): Promise<boolean>;
  /** Gives the candidate up. */
  abandon(rebuild: Rebuild): Promise<void>;
}

/** One rebuild, from the first record to the swap. Runs in the background and never throws. */
export class Rebuild {
  #state: RebuildState = 'filling';
  private readonly meter = new RebuildProgressMeter();
  private readonly ending = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private failure: string | null = null;
  private differences: readonly string[] = [];
  private released = false;
  /** Whether the candidate had read everything at the last look. */
  private isAtEnd = false;

  constructor(
    readonly plan: RebuildPlan,
    readonly candidate: Candidate,
    private readonly serving: Serving,
    private readonly context: ReplicaContext,
  ) {}

  get state(): RebuildState {
    return this.#state;
  }

  get isOver(): boolean {
    return this.#state === 'swapped' || this.#state === 'failed' || this.#state === 'aborted';
  }

  /** Whether it waits for an operator's `swap`. */
  get isHeld(): boolean {
    return this.#state === 'ready' && !this.released && (this.plan.hold || this.differs);
  }

  /** Whether the candidate lacks something that the serving file has. */
  get differs(): boolean {
    return this.differences.length > 0;
  }

  get progress(): RebuildProgress {
    return this.meter.progress;
  }

  start(): void {
    this.running = this.run();
  }

  /** Lets it swap as soon as it is ready, whatever the differences are; an operator has decided so. */
  release(): void {
    this.released = true;
  }

  /** Called when the candidate serves. */
  swapped(): void {
    this.#state = 'swapped';
    this.ending.abort();
  }

  /** Ends it for good. Called within the replica's serial queue. */
  abort(): Promise<void> {
    this.#state = 'aborted';
    this.ending.abort();
    return this.candidate.close();
  }

  /** Stops; the next process resumes it. */
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
      state: this.#state,
      why,
      file: candidate,
      startedAt,
      held: this.isHeld,
      ...this.progress,
      differences: this.differences,
      failure: this.failure,
    };
  }

  private async run(): Promise<void> {
    const { logger } = this.context;
    try {
      await this.readToTheEnd();
      this.transition('verifying');
      await this.verify();
      await failpoint(rebuildFailpoints.verified);
      this.transition('ready');
      if (this.isHeld) {
        logger.warn(
          { differences: this.differences },
          'the rebuild waits for `consumption -- swap`',
        );
      }
      while (this.isHeld || !(await this.serving.swapTo(this))) await this.tick();
    } catch (error) {
      if (this.ending.signal.aborted) {
        if (this.#state === 'swapped')
          logger.error({ err: error }, 'the swap is cleaned up at the next start');
        return;
      }
      this.failure = explain(error);
      this.#state = 'failed';
      logger.error({ err: error }, 'the rebuild has failed; the serving file is as it was');
      await this.serving.abandon(this).catch((abandoning: unknown) => {
        logger.error(
          { err: abandoning },
          'what is left of the rebuild is removed at the next start',
        );
      });
    }
  }

  /** Resolves when the candidate has read what was written before the call, and all but the last few seconds of what comes meanwhile. */
  private async readToTheEnd(): Promise<void> {
    const { consumer, queue } = this.candidate;
    let ends: readonly PartitionOffsets[] | null = null;
    let seenAt = 0;
    for (;;) {
      const now = await this.tick();
      const isReady =
        consumer.reading.notReady().length === 0 && queue.applier.checkpoints.isConfirmed;
      if (isReady && this.isAtEnd) return;
      const isThere = ends !== null && hasReached(consumer.reading.next(), ends);
      if (isReady && isThere && performance.now() - seenAt < nearMs) return;
      if (now === null || (ends !== null && !isThere)) continue;
      ends = now;
      seenAt = performance.now();
    }
  }

  private async verify(): Promise<void> {
    const { queue, store, file } = this.candidate;
    const { logger, definition, home } = this.context;
    const { signal } = this.ending;
    const checks = home.verify;
    // An event that did not fit into a total when it was read may fit now.
    await redriveAll(queue, store.reader, 'rebuild', logger);
    const broken = await checks.violations(file, definition.invariants, signal);
    if (broken.length > 0) {
      throw new Error(`its numbers do not fit together: ${broken.join('; ')}`);
    }
    const baseline = this.serving.baseline();
    if (baseline === null) return;
    this.differences = await differences(this.candidate, baseline, {
      ...{ checks, signal },
      reachEnd: () => this.readToTheEnd(),
    });
  }

  /** @throws when the rebuild was ended meanwhile; its state then stays */
  private transition(state: RebuildState): void {
    this.ending.signal.throwIfAborted();
    this.#state = state;
    const { percent, offsetsPerSecond } = this.progress;
    this.context.logger.info({ state, percent, offsetsPerSecond }, 'rebuild');
  }

  /**
   * Waits a moment and measures the progress.
   *
   * @returns the ends of the partitions; null when nobody tells
   * @throws the candidate's failure, or when the rebuild ends
   */
  private async tick(): Promise<readonly PartitionOffsets[] | null> {
    this.isAtEnd = false;
    await wait(everyMs, undefined, { signal: this.ending.signal });
    if (this.candidate.failure !== null) throw this.candidate.failure;
    try {
      // Read positions before ends, so that they are equal only when nothing was written in between.
      const positions = this.candidate.consumer.reading.next();
      const ends = await this.candidate.consumer.offsetRanges();
      this.meter.update(positions, ends, performance.now());
      this.isAtEnd = hasReached(positions, ends);
      return ends;
    } catch (error) {
      // A broker that is away comes back, so go on.
      this.context.logger.debug({ err: error }, 'ends of the topics not read');
      return null;
    }
  }
}

function explain(error: unknown): string {
  if (error instanceof HistoryFault) return `${error.what}: ${error.inRebuild}`;
  return error instanceof Error ? error.message : String(error);
}
