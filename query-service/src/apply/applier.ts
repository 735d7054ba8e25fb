import { type AggregateType, eachTable } from 'contracts/aggregates';
import { failpoint } from 'service-kit/failpoints';
import type { Logger } from 'service-kit/logger';
import { pause } from 'service-kit/pauses';
import { failpoints } from '../failpoints';
import { defaultAggregates, type TopicAggregates } from '../model/aggregates';
import { type AppliedVersions, type Folded, foldInPieces } from '../model/changes';
import {
  healingOf,
  identify,
  type OpenDeadLetter,
  type Parked,
  type Settled,
} from '../model/dead-letter';
import type { Decoded, Event } from '../model/event';
import { UndecodableFault } from '../model/history';
import {
  partitionName,
  type AcceptedBeginning,
  type LostRange,
  type SkippedBatch,
} from '../model/partition';
import { recordName, type EventRecord } from '../model/record';
import { Elsewhere } from '../store/elsewhere';
import { Overtaken } from '../store/overtaken';
import type { CarriedRow } from '../store/dead-letters';
import type { Basis, Step, ViewStore } from '../store/view-store';
import { noRuns, readAgain, sortBatch, withRefused } from './batch';
import { Checkpoints, progressBehind } from './checkpoints';
import type { ApplyMetrics } from './metrics';
import { traceBatch } from './trace-batch';

/** The parts and settings of an applier. */
interface ApplierOptions {
  readonly store: ViewStore;
  /** How many unreadable events in a row are parked; one more halts consumption. */
  readonly maxParkedRun: number;
  readonly metrics: ApplyMetrics;
  readonly logger: Logger;
  readonly topics?: TopicAggregates;
}

/**
 * Applies events to one view store, each call in one transaction. An `ApplyQueue` makes one call at a time, because each
 * decides by what is stored.
 */
export class Applier {
  /** Called when a step is committed, with the aggregates that it moved on. */
  onApplied: (folded: Folded) => void = () => undefined;
  /** Called when other members may have committed something. */
  onOthersApplied: () => void = () => undefined;
  private runs = noRuns;
  private readonly store: ViewStore;
  private readonly logger: Logger;
  private metrics: ApplyMetrics;

  /** @param sourceId the database whose events the views contain; null: the first event decides */
  private constructor(
    private readonly options: Required<ApplierOptions>,
    private sourceId: string | null,
    private readonly skipped: readonly SkippedBatch[],
    readonly checkpoints: Checkpoints,
  ) {
    this.store = options.store;
    this.logger = options.logger;
    this.metrics = options.metrics;
  }

  static async open(options: ApplierOptions): Promise<Applier> {
    const { store, metrics, topics = defaultAggregates } = options;
    const checkpoints = new Checkpoints(await store.progress(), await store.acceptedBeginnings());
    const { sourceId } = await store.origin();
    metrics.deadLetters = await store.deadLetters();
    const skipped = await store.skippedBatches();
    return new Applier({ ...options, topics }, sourceId, skipped, checkpoints);
  }

  /** Counts in these metrics from now on: what this applier writes into is what serves. */
  reportTo(metrics: ApplyMetrics): void {
    metrics.deadLetters = this.metrics.deadLetters;
    this.metrics = metrics;
  }

  /** @throws {UndecodableFault} on a batch that cannot be decoded and was not skipped */
  refuseUndecodable(records: readonly EventRecord[]): void {
    for (const record of records) {
      const { topic, partition, undecodable: batch } = record;
      if (batch === undefined) continue;
      const isSkipped = this.skipped.some(
        (skip) =>
          skip.topic === topic &&
          skip.partition === partition &&
          skip.first === batch.first &&
          skip.checksum === batch.checksum,
      );
      if (!isSkipped) throw new UndecodableFault(record, batch);
      this.logger.warn({ record: recordName(record), first: batch.first }, 'skipped batch passed');
    }
  }

  /**
   * Applies records, and stores the position after them.
   *
   * @param records partition by partition
   * @param onWriting called when nothing is left to do but to wait for SQLite
   * @throws {HistoryFault} when the producer or the records are not what they must be; nothing is written then
   * @throws {Overtaken} when another member has applied some of them
   */
  async apply(records: readonly Decoded[], onWriting: () => void = () => undefined): Promise<void> {
    const { maxParkedRun } = this.options;
    const parts = this.partsOf(records, ({ record }) => record);
    for (const [index, { place, items }] of parts.entries()) {
      const { events, parked, runs } = sortBatch(items, this.runs, maxParkedRun, this.sourceId);
      const progress = progressBehind(items);
      const isLast = index + 1 === parts.length;
      const began = new Date();
      await this.write(
        events,
        { parked, progress, settled: [] },
        this.basisOf(place),
        isLast ? onWriting : undefined,
      );
      const visible = new Date();
      this.metrics.batchVisible(events, visible.getTime());
      traceBatch(events, began, visible);
      this.checkpoints.advance(progress);
      this.runs = runs;
      await failpoint(failpoints.afterCommit);
      for (const { record, reason } of parked) this.logParked(record, reason);
    }
  }

  /**
   * Lets partitions begin where they begin now, after a rewind.
   *
   * @param beginnings of those whose first records are gone
   * @param lost what was deleted before it was read: parked
   */
  async accept(
    beginnings: readonly AcceptedBeginning[],
    lost: readonly LostRange[],
  ): Promise<void> {
    await this.store.accept(beginnings, lost);
    this.checkpoints.accept(beginnings);
    this.metrics.deadLetters = await this.store.deadLetters();
    await failpoint(failpoints.deadLettersCounted);
  }

  /** Takes over the dead letters of another file. */
  async carry(pages: AsyncIterable<readonly CarriedRow[]>): Promise<void> {
    await this.store.carry(pages);
    this.metrics.deadLetters = await this.store.deadLetters();
  }

  /**
   * Reads parked records again with the code of today, and applies what it understands as if it had
   * just been fetched: versions decide what counts. Where reading stands is not touched.
   *
   * @param by who asked for it, for the audit
   * @returns what became of each, in their order
   */
  async redrive(deadLetters: readonly OpenDeadLetter[], by: string): Promise<readonly Settled[]> {
    const all: Settled[] = [];
    for (const { place, items } of this.partsOf(deadLetters, ({ record }) => record)) {
      const { events, settled } = readAgain(items, by, this.sourceId);
      all.push(
        ...(await this.write(events, { parked: [], progress: [], settled }, this.basisOf(place))),
      );
    }
    return all;
  }

  /** Closes a dead letter because nothing is missing. @param why the operator's reason */
  async discard(id: number, by: string, why: string): Promise<void> {
    await this.store.discard(id, by, why);
    this.metrics.deadLetters = await this.store.deadLetters();
    await failpoint(failpoints.deadLettersCounted);
  }

  /** The basis of a step on this partition; null: nobody else writes. */
  private basisOf(place: Place | null): Basis | null {
    return place && this.checkpoints.basisOf(place.topic, place.partition);
  }

  /**
   * Writes in one transaction what events change, and the rest of their step. What they change of aggregates that are
   * kept of other partitions is written before, in steps of those.
   *
   * @returns what became of dead letters that were read again
   */
  private async write(
    events: readonly Event[],
    rest: Rest,
    basis: Basis | null,
    onWriting: () => void = () => undefined,
  ): Promise<readonly Settled[]> {
    const started = performance.now();
    const ids = eachTable((type) => idsOf(events, type));
    const known = await this.store.appliedVersions(ids, basis).catch(unlessElsewhere);
    if (known instanceof Elsewhere) return this.writeApart(known, events, rest, basis, onWriting);
    const folded = await foldWithPauses(events, known);
    const sourceId = this.sourceId ?? events[0]?.sourceId ?? null;
    const { parked, settled } = withRefused(rest.parked, rest.settled, folded.refused);
    const deadLettersChange =
      this.metrics.openDeadLetters > 0 || parked.length > 0 || settled.length > 0;
    // Where others park, too, only the store knows whether there is something to heal.
    const mayHeal = deadLettersChange || basis !== null;
    const step: Step = {
      changes: folded.changes,
      newest: folded.newest,
      parked: parked.map((one) => ({
        ...one,
        identity: identify(one.record, this.options.topics, one.isForeign),
      })),
      settled,
      healing: mayHeal ? healingOf(events, folded) : null,
      progress: rest.progress,
      sourceId: sourceId === this.sourceId ? null : sourceId,
      basis,
    };

    await failpoint(failpoints.beforeTransaction);
    const written = await this.store.commit(step, onWriting).catch(async (error: unknown) => {
      if (error instanceof Overtaken) await this.readAnew();
      throw error;
    });
    if (basis !== null) this.checkpoints.raise(basis);
    this.onApplied(folded);
    this.sourceId = sourceId;

    if (deadLettersChange) this.metrics.deadLetters = await this.store.deadLetters();
    await failpoint(failpoints.deadLettersCounted);
    this.metrics.batchApplied(folded, parked.length, written, performance.now() - started);
    for (const { event, reason } of folded.refused) this.logParked(event.record, reason);
    for (const gap of folded.gaps) {
      this.logger.warn(gap, 'version gap: an event is missing or late');
    }
    return settled;
  }

  /** As `write`, where some aggregates are kept of other partitions: what is theirs comes first. */
  private async writeApart(
    { homes }: Elsewhere,
    events: readonly Event[],
    rest: Rest,
    basis: Basis | null,
    onWriting: () => void,
  ): Promise<readonly Settled[]> {
    let here = events;
    let { settled } = rest;
    const all: Settled[] = [];
    for (const { basis: home, aggregate, ids } of homes) {
      const isOfThem = (event: Event): boolean =>
        event.aggregate === aggregate && ids.has(event.id);
      const theirs = here.filter(isOfThem);
      // Their dead letters are settled with them: only that step knows whether it refuses them again.
      const records = new Set(theirs.map(({ record }) => record));
      const isTheirs = ({ record }: Settled) => record !== undefined && records.has(record);
      const part = { parked: [], progress: [], settled: settled.filter(isTheirs) };
      all.push(...(await this.write(theirs, part, home)));
      here = here.filter((event) => !isOfThem(event));
      settled = settled.filter((one) => !isTheirs(one));
    }
    all.push(...(await this.write(here, { ...rest, settled }, basis, onWriting)));
    return all;
  }

  /** What other members have left. @param openDeadLetters how many there are now. @param isNews whether anything was applied */
  async noteOthers(openDeadLetters: number, isNews: boolean): Promise<void> {
    if (openDeadLetters !== this.metrics.openDeadLetters) {
      this.metrics.deadLetters = await this.store.deadLetters();
    }
    if (!isNews) return;
    // Who compares the number of changes has to ask again.
    this.metrics.traffic.note(0, 0);
    this.onOthersApplied();
  }

  /** What this member knows of the store is from now on what others have left there. */
  async readAnew(): Promise<void> {
    const { store } = this;
    this.checkpoints.reset(await store.progress(), await store.acceptedBeginnings());
    this.sourceId = (await store.origin()).sourceId;
  }

  /** Splits items into transactions: one for all of them or, when members share the store, one per partition. */
  private partsOf<T>(
    items: readonly T[],
    placeOf: (item: T) => Place,
  ): { place: Place | null; items: readonly T[] }[] {
    if (items.length === 0) return [];
    if (this.store.sharing === null) return [{ place: null, items }];
    const parts = new Map<string, { place: Place; items: T[] }>();
    for (const item of items) {
      const { topic, partition } = placeOf(item);
      const name = partitionName(topic, partition);
      const part = parts.get(name) ?? { place: { topic, partition }, items: [] };
      part.items.push(item);
      parts.set(name, part);
    }
    return [...parts.values()];
  }

  private logParked(record: EventRecord, reason: string): void {
    this.logger.error({ record: recordName(record), key: record.key, reason }, 'event parked');
  }
}

/** @returns the error that is no failure. @throws any other */
function unlessElsewhere(error: unknown): Elsewhere {
  if (error instanceof Elsewhere) return error;
  throw error;
}

/** What a step holds besides the changes of its events. */
type Rest = Pick<Step, 'progress' | 'settled'> & { readonly parked: readonly Parked[] };

type Place = Pick<Basis, 'topic' | 'partition'>;

/** Requests are answered in between: folding thousands of events takes tens of milliseconds. */
async function foldWithPauses(events: readonly Event[], known: AppliedVersions): Promise<Folded> {
  const folding = foldInPieces(events, known);
  for (;;) {
    const { done, value } = folding.next();
    if (done === true) return value;
    await pause();
  }
}

function idsOf(events: readonly Event[], aggregate: AggregateType): number[] {
  const ids = new Set<number>();
  for (const event of events) if (event.aggregate === aggregate) ids.add(event.id);
  return [...ids];
}
