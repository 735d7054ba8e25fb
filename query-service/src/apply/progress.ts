import type { AcceptedBeginning, PartitionProgress } from '../store/view-store';
import type { EventRecord } from './event';
import { beginningOf, checkResumed, partitionName } from './history';

/** Where each partition stands, in memory, because kafkajs asks for that synchronously. */
export class Progress {
  private readonly stored: Map<string, PartitionProgress>;
  /** What the next batch of a partition must hold. */
  private readonly expected = new Map<string, PartitionProgress>();

  /** @param beginnings where partitions may begin that nothing was read of */
  constructor(
    stored: readonly PartitionProgress[],
    private beginnings: readonly AcceptedBeginning[],
  ) {
    this.stored = new Map(stored.map((p) => [partitionName(p.topic, p.partition), p]));
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
   * Where to read a partition from after joining or a pause: at the last applied record itself, not
   * behind it. The batch that comes must begin with that record; so each join checks that the partition is
   * still the one that was read, and a topic created anew is not read on in silence.
   */
  resumeFrom(topic: string, partition: number): number {
    const stored = this.stored.get(partitionName(topic, partition));
    if (stored === undefined) return beginningOf(this.beginnings, topic, partition);
    this.expected.set(partitionName(topic, partition), stored);
    return stored.offset;
  }

  /**
   * The records of one partition's batch that are newer than what is stored.
   *
   * @throws {HistoryFault} when the first batch after a join does not hold the record that was stored then
   */
  newerOf(records: readonly EventRecord[]): readonly EventRecord[] {
    const last = records.at(-1);
    if (last === undefined) return [];
    const partition = partitionName(last.topic, last.partition);
    const stored = this.stored.get(partition);
    if (stored === undefined) return records;
    const expected = this.expected.get(partition);
    if (expected !== undefined) {
      checkResumed(expected, records);
      this.expected.delete(partition);
    }
    // kafkajs can hand over records again without a new join.
    return records.filter((record) => record.offset > stored.offset);
  }

  advance(progress: readonly PartitionProgress[]): void {
    for (const at of progress) this.stored.set(partitionName(at.topic, at.partition), at);
  }
}

/** Where each partition of these records stands when they are applied. @param records batch after batch */
export function progressBehind(records: readonly EventRecord[]): PartitionProgress[] {
  const furthest = new Map<string, PartitionProgress>();
  for (const [index, { topic, partition, offset, headers }] of records.entries()) {
    const next = records[index + 1];
    if (next?.partition === partition && next.topic === topic) continue;
    const name = partitionName(topic, partition);
    if (offset < (furthest.get(name)?.offset ?? 0)) continue;
    furthest.set(name, { topic, partition, offset, eventId: headers.id?.toString() ?? null });
  }
  return [...furthest.values()];
}
