import { defaultTopics } from 'contracts/topics';
import { failpoint } from 'service-kit/failpoints';
import type { Logger } from 'service-kit/logger';
import { failpoints } from '../failpoints';
import type { LostRange, OpenLetter, Settled } from '../store/dead-letters';
import type { AcceptedBeginning, PartitionProgress, ViewStore } from '../store/view-store';
import { Turns } from '../turns';
import type { Statement, View } from '../views/view';
import { readAgain, sortBatch, type Batch } from './batch';
import type { Folded } from './changes';
import { decode, recordName, type Decoded, type EventRecord } from './event';
import { Gatherer } from './gatherer';
import type { TopicAggregates } from './letter';
import type { ApplyMetrics } from './metrics';
import { Progress, progressBehind } from './progress';
import { inPiecesThatFit } from './split';
import { StepWriter } from './step-writer';
import { traceBatch } from './trace-batch';

/** What this service's topics carry unless its environment says otherwise. */
export const defaultAggregates: TopicAggregates = new Map([
  [defaultTopics.product, 'product'],
  [defaultTopics.order, 'order'],
]);

/**
 * Records that may wait for the transaction before theirs. The next one takes what waits, and the more it takes the
 * less each of them costs; but they are in memory.
 */
const mostWaiting = 8_000;

/** A record counts as one for so many bytes: of the largest orders some hundred wait. */
const bytesOfOne = 512;

/**
 * Applies fetched batches to the view store, one transaction after another. What was fetched while one of
 * them was written is applied by the next, together: a busy row is written once then, not once per batch.
 * (What would take a total beyond what is exact is split, and the event that does it is parked.)
 */
export class Applier {
  /** Unreadable records in a row, over all partitions. */
  private parkedRun = 0;
  /** Batches and what an operator asks for, one after another: each decides by what is stored. */
  private readonly turns = new Turns();
  /** Who applies what comes from now on. */
  private successor: Applier | null = null;
  /** Batches that the next turn applies. */
  private readonly waiting = new Gatherer<readonly Decoded[]>(
    this.turns,
    mostWaiting,
    (batches, onWriting) => this.applyTogether(batches, onWriting),
  );

  private constructor(
    private readonly store: ViewStore,
    private readonly steps: StepWriter,
    private readonly maxParkedRun: number,
    private readonly logger: Logger,
    private readonly progress: Progress,
  ) {}

  static async open(
    store: ViewStore,
    views: readonly View[],
    maxParkedRun: number,
    metrics: ApplyMetrics,
    logger: Logger,
    topics: TopicAggregates = defaultAggregates,
  ): Promise<Applier> {
    const progress = new Progress(await store.progress(), await store.acceptedBeginnings());
    const { sourceId } = await store.origin();
    metrics.deadLetters = await store.deadLetters();
    metrics.openGaps = await store.openGaps();
    const steps = new StepWriter(store, views, metrics, logger, topics, sourceId);
    return new Applier(store, steps, maxParkedRun, logger, progress);
  }

  /** Called when a step is committed, with the aggregates that it moved on. */
  set onApplied(listener: (folded: Folded) => void) {
    this.steps.onApplied = listener;
  }

  /** Everything that is stored of where reading stands. */
  stored(): PartitionProgress[] {
    return this.progress.all();
  }

  /**
   * Lets partitions begin where they begin now, after a rewind.
   *
   * @param beginnings of those whose first records are gone
   * @param lost what was deleted before it was read: parked
   */
  accept(beginnings: readonly AcceptedBeginning[], lost: readonly LostRange[]): Promise<void> {
    return this.turns.take(async () => {
      await this.store.accept(beginnings, lost);
      this.progress.accept(beginnings);
      this.metrics.deadLetters = await this.store.deadLetters();
      await failpoint(failpoints.lettersCounted);
    });
  }

  /** @see Progress.isConfirmed */
  get isConfirmed(): boolean {
    return this.progress.isConfirmed;
  }

  /**
   * Does something between two batches. Batches that come meanwhile wait; when `work` names a successor,
   * they and all later ones are the successor's.
   *
   * @param work resolves to null when nothing is handed over after all
   */
  handOver(work: () => Promise<Applier | null>): Promise<void> {
    return this.turns.take(async () => {
      this.successor = await work();
    });
  }

  /** Resolves when what was handed in so far is applied. */
  idle(): Promise<void> {
    return this.turns.take(() => Promise.resolve());
  }

  /** Takes over what another file knew of dead letters and gaps. @param pieces wait for no turn of this one */
  carry(pieces: AsyncIterable<Statement>): Promise<void> {
    return this.turns.take(async () => {
      await this.store.carry(pieces);
      this.metrics.deadLetters = await this.store.deadLetters();
      this.metrics.openGaps = await this.store.openGaps();
    });
  }

  /** Counts from now on for all to see: what it holds is what serves. */
  reportTo(metrics: ApplyMetrics): void {
    metrics.deadLetters = this.metrics.deadLetters;
    metrics.openGaps = this.metrics.openGaps;
    this.steps.metrics = metrics;
  }

  /** @see Progress.resumeFrom */
  resumeFrom(topic: string, partition: number): number {
    return this.progress.resumeFrom(topic, partition);
  }

  /**
   * Applies the records of one partition that were not applied before, in one transaction with what else
   * waits for one. They are read at once, while the transaction before is being written. When one is not
   * applied, nothing behind it is until reading resumes at what is stored.
   *
   * @throws {HistoryFault} when the topic, the producer or the records are not what they must be;
   *   nothing of that transaction is written then
   */
  async apply(records: readonly EventRecord[]): Promise<void> {
    const newer = this.progress.newerOf(records);
    const batch = newer.map(decode);
    this.progress.take(newer);
    await this.waiting.add(batch, sizeOf(newer));
  }

  /** Resolves when more is welcome: at once, or when SQLite writes what waits. */
  hasRoom(): Promise<void> {
    return this.waiting.hasRoom();
  }

  private async applyTogether(
    batches: readonly (readonly Decoded[])[],
    onWriting: () => void,
  ): Promise<void> {
    const { successor } = this;
    // Batches that had to wait for the handover.
    if (successor !== null) {
      await Promise.all(batches.map((batch) => successor.apply(batch.map(({ record }) => record))));
      return;
    }
    const decoded = batches.flat();
    if (decoded.length === 0) return;
    try {
      await inPiecesThatFit(
        decoded,
        async (piece) => {
          const { parkedRun, maxParkedRun, steps } = this;
          const batch = sortBatch(piece, parkedRun, maxParkedRun, steps.sourceId);
          await this.commitBatch(piece, batch, onWriting);
          return [];
        },
        async (alone, reason) => {
          // It could be read: no sign of a history that nobody here understands.
          const parked = [{ record: alone.record, reason }];
          await this.commitBatch([alone], { events: [], parked, parkedRun: 0 }, onWriting);
          return [];
        },
      );
    } catch (error) {
      this.progress.loseTaken(error);
      this.waiting.refuse(error);
      throw error;
    }
  }

  /**
   * Reads parked records again with the code of today, and applies what it understands as if it had
   * just been fetched: versions decide what counts. Where reading stands is not touched.
   *
   * @param by who asked for it, for the audit
   * @returns what became of each, in their order
   */
  redrive(letters: readonly OpenLetter[], by: string): Promise<Settled[]> {
    return this.turns.take(() =>
      inPiecesThatFit(
        letters,
        (piece) => this.redriveTogether(piece, by),
        async ({ id }, reason) => {
          const settled: Settled[] = [{ id, state: 'open', reason, by }];
          await this.steps.write([], { parked: [], progress: [], settled });
          return settled;
        },
      ),
    );
  }

  /** Closes a letter because nothing is missing. @param why the operator's reason */
  discard(id: number, by: string, why: string): Promise<void> {
    return this.turns.take(async () => {
      await this.store.discard(id, by, why);
      this.metrics.deadLetters = await this.store.deadLetters();
      await failpoint(failpoints.lettersCounted);
    });
  }

  private async commitBatch(
    decoded: readonly Decoded[],
    batch: Batch,
    onWriting: () => void,
  ): Promise<void> {
    const { events, parked, parkedRun } = batch;
    const progress = progressBehind(decoded);
    const began = new Date();
    await this.steps.write(events, { parked, progress, settled: [] }, onWriting);
    const visible = new Date();
    this.metrics.batchVisible(events, visible.getTime());
    traceBatch(events, began, visible);
    this.progress.advance(progress);
    this.parkedRun = parkedRun;
    await failpoint(failpoints.afterCommit);
    for (const { record, reason } of parked) {
      this.logger.error({ record: recordName(record), key: record.key, reason }, 'event parked');
    }
  }

  private async redriveTogether(
    letters: readonly OpenLetter[],
    by: string,
  ): Promise<readonly Settled[]> {
    const { events, settled } = readAgain(letters, by, this.steps.sourceId);
    await this.steps.write(events, { parked: [], progress: [], settled });
    return settled;
  }

  private get metrics(): ApplyMetrics {
    return this.steps.metrics;
  }
}

const sizeOf = (records: readonly EventRecord[]): number =>
  records.reduce((sum, { value }) => sum + 1 + Math.floor((value?.length ?? 0) / bytesOfOne), 0);
