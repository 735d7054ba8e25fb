import type { AcceptedBeginning, PartitionProgress } from '../store/view-store';
import type { EventRecord } from './event';
import { beginningOf, checkResumed, partitionName } from './history';

/** Where each partition stands, in memory, because kafkajs asks for that synchronously. */
export class Progress {
  private readonly stored: Map<string, PartitionProgress>;
  /** Where it stands when everything that was taken is applied. */
  private taken: Map<string, PartitionProgress>;
  /** What the next batch of a partition must hold. */
  private readonly expected = new Map<string, PartitionProgress>();
  /** Why what was taken of a partition is not applied: nothing behind it is taken until reading resumes. */
  private readonly lost = new Map<string, unknown>();

  /** @param beginnings where partitions may begin that nothing was read of */
  constructor(
    stored: readonly PartitionProgress[],
    private beginnings: readonly AcceptedBeginning[],
  ) {
    this.stored = new Map(stored.map((p) => [partitionName(p.topic, p.partition), p]));
    this.taken = new Map(this.stored);
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
   * Where to read a partition from after joining or a pause: at the last record that was taken itself, not
   * behind it. The batch that comes must begin with that record; so each join checks that the partition is
   * still the one that was read, and a topic created anew is not read on in silence.
   */
  resumeFrom(topic: string, partition: number): number {
    const name = partitionName(topic, partition);
    this.lost.delete(name);
    const taken = this.taken.get(name);
    if (taken === undefined) return beginningOf(this.beginnings, topic, partition);
    this.expected.set(name, taken);
    return taken.offset;
  }

  /**
   * The records of one partition's batch that are newer than what was taken.
   *
   * @throws {HistoryFault} when the first batch after a join does not hold the record that reading resumed at
   * @throws what kept the batch before it from being applied, until reading resumes
   */
  newerOf(records: readonly EventRecord[]): readonly EventRecord[] {
    const last = records.at(-1);
    if (last === undefined) return [];
    const partition = partitionName(last.topic, last.partition);
    if (this.lost.has(partition)) throw this.lost.get(partition);
    const expected = this.expected.get(partition);
    if (expected !== undefined) {
      checkResumed(expected, records);
      this.expected.delete(partition);
    }
    const before = this.taken.get(partition);
    const [first] = records;
    if (before === undefined || (first !== undefined && first.offset > before.offset))
      return records;
    // kafkajs can hand over records again without a new join.
    return records.filter(({ offset }) => offset > before.offset);
  }

  /** They are going to be applied, behind what was taken before. @param records of one partition */
  take(records: readonly EventRecord[]): void {
    const last = records.at(-1);
    if (last !== undefined)
      this.taken.set(partitionName(last.topic, last.partition), placeOf(last));
  }

  /** What was taken and is not stored is not going to be: it has to be read again. */
  loseTaken(reason: unknown): void {
    for (const [name, { offset }] of this.taken) {
      if (this.stored.get(name)?.offset !== offset) this.lost.set(name, reason);
    }
    this.taken = new Map(this.stored);
  }

  advance(progress: readonly PartitionProgress[]): void {
    for (const at of progress) this.stored.set(partitionName(at.topic, at.partition), at);
  }
}

const placeOf = ({ topic, partition, offset, headers }: EventRecord): PartitionProgress => ({
  topic,
  partition,
  offset,
  eventId: headers.id?.toString() ?? null,
});

/** Where each partition of these records stands when they are applied. @param batch partition by partition */
export function progressBehind(batch: readonly { record: EventRecord }[]): PartitionProgress[] {
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
