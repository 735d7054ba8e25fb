import { checkResumed } from '../model/history';
import {
  beginningOf,
  partitionName,
  type AcceptedBeginning,
  type PartitionProgress,
} from '../model/partition';
import type { EventRecord } from '../model/record';
import type { Basis } from '../store/view-store';

/** The positions of all partitions, in memory, because kafkajs asks for them synchronously. */
export class Checkpoints {
  private stored = new Map<string, PartitionProgress>();
  /** How often the stored state of each partition has changed, in a store that others may change. */
  private seqs = new Map<string, number>();
  /** The position of each partition when all taken records are applied. */
  private taken = new Map<string, PartitionProgress>();
  /** The record that the next batch of a partition must contain. */
  private readonly expected = new Map<string, PartitionProgress>();

  /** @param beginnings where partitions may begin of which nothing was read */
  constructor(
    stored: readonly PartitionProgress[],
    private beginnings: readonly AcceptedBeginning[],
  ) {
    this.reset(stored, beginnings);
    this.forgetTaken();
  }

  /** Replaces the positions after others have changed the store. Call `forgetTaken` before the next batch is taken. */
  reset(stored: readonly PartitionProgress[], beginnings: readonly AcceptedBeginning[]): void {
    this.beginnings = beginnings;
    this.stored = new Map();
    this.seqs = new Map();
    for (const { seq, ...at } of stored) {
      const name = partitionName(at.topic, at.partition);
      if (at.offset >= 0) this.stored.set(name, at);
      if (seq !== undefined) this.seqs.set(name, seq);
    }
  }

  /** The basis of a step on this partition. */
  basisOf(topic: string, partition: number): Basis {
    return { topic, partition, seq: this.seqs.get(partitionName(topic, partition)) ?? null };
  }

  /** Notes that a step with this basis is stored. */
  raise({ topic, partition, seq }: Basis): void {
    this.seqs.set(partitionName(topic, partition), (seq ?? 0) + 1);
  }

  /** Nothing is being read: what is read next says by `resumeFrom` what it must begin with. */
  expectNothing(): void {
    this.expected.clear();
  }

  all(): PartitionProgress[] {
    return [...this.stored.values()];
  }

  /** Whether each partition has shown, since reading began, that it is still the one that was read. */
  get isConfirmed(): boolean {
    return this.expected.size === 0;
  }

  accept(beginnings: readonly AcceptedBeginning[]): void {
    this.beginnings = beginnings;
  }

  /**
   * Where to resume reading a partition after a join or a pause: at the last taken record, not after it. The next batch
   * must begin with that record. So each join checks that it is still the same partition, and a topic that was created
   * anew is noticed.
   */
  resumeFrom(topic: string, partition: number): number {
    const name = partitionName(topic, partition);
    const taken = this.taken.get(name);
    if (taken === undefined) return beginningOf(this.beginnings, topic, partition);
    this.expected.set(name, taken);
    return taken.offset;
  }

  /**
   * The records of one partition's batch that are newer than what was taken.
   *
   * @throws {HistoryFault} when the first batch after a join does not hold the record that reading resumed at
   */
  newerOf(records: readonly EventRecord[]): readonly EventRecord[] {
    const [first] = records;
    if (first === undefined) return [];
    const name = partitionName(first.topic, first.partition);
    const expected = this.expected.get(name);
    if (expected !== undefined) {
      checkResumed(expected, records);
      this.expected.delete(name);
    }
    return behind(this.taken.get(name), records);
  }

  /** Notes that these records will be applied. @param records of one partition */
  take(records: readonly EventRecord[]): void {
    const last = records.at(-1);
    if (last !== undefined)
      this.taken.set(partitionName(last.topic, last.partition), placeOf(last));
  }

  /** Forgets records that were taken and not stored: they must be read again. */
  forgetTaken(): void {
    this.taken = new Map(this.stored);
  }

  advance(progress: readonly PartitionProgress[]): void {
    for (const at of progress) this.stored.set(partitionName(at.topic, at.partition), at);
  }

  /** Passes the taken positions to the checkpoints of other views, so that these records are not read again. */
  handTakenTo(next: Checkpoints): void {
    for (const [name, at] of this.taken) {
      if (at.offset > (next.taken.get(name)?.offset ?? -1)) next.taken.set(name, at);
    }
  }

  /** Whether a record is applied already. */
  holds({ topic, partition, offset }: EventRecord): boolean {
    return offset <= (this.stored.get(partitionName(topic, partition))?.offset ?? -1);
  }
}

/** Leaves out records that were taken already: kafkajs can deliver records again without a new join. */
function behind(
  taken: PartitionProgress | undefined,
  records: readonly EventRecord[],
): readonly EventRecord[] {
  if (taken === undefined || (records[0]?.offset ?? 0) > taken.offset) return records;
  return records.filter(({ offset }) => offset > taken.offset);
}

const placeOf = ({ topic, partition, offset, headers }: EventRecord): PartitionProgress => ({
  topic,
  partition,
  offset,
  eventId: headers.id?.toString() ?? null,
});

/** The position of each partition after these records. @param batch partition by partition */
export function progressBehind(
  batch: readonly { readonly record: EventRecord }[],
): PartitionProgress[] {
  const furthest = new Map<string, PartitionProgress>();
  batch.forEach(({ record }, index) => {
    const { topic, partition, offset } = record;
    const next = batch[index + 1]?.record;
    if (next?.partition === partition && next.topic === topic) return;
    const name = partitionName(topic, partition);
    if (offset >= (furthest.get(name)?.offset ?? 0)) furthest.set(name, placeOf(record));
  });
  return [...furthest.values()];
}
