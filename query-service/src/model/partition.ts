/** Names a partition: the key of maps, and what people read. */
export const partitionName = (topic: string, partition: number): string => `${topic}/${partition}`;

/** Where reading a partition resumes, and how to tell that it is still the same partition. */
export interface PartitionProgress {
  readonly topic: string;
  readonly partition: number;
  /** Offset of the last record that was applied, parked or skipped. */
  readonly offset: number;
  /** That record's event id; null when it had none. */
  readonly eventId: string | null;
  /** How often what is kept of the partition has changed, in a store that members share. */
  readonly seq?: number;
}

/** Where a partition may begin although its first records are gone: an operator has accepted that. */
export interface AcceptedBeginning {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** Where a partition may begin: at 0, unless an operator accepted that its first records are gone. */
export function beginningOf(
  accepted: readonly AcceptedBeginning[],
  topic: string,
  partition: number,
): number {
  return accepted.find((b) => b.topic === topic && b.partition === partition)?.offset ?? 0;
}

/** Offsets that were deleted from a topic before they were read. */
export interface LostRange {
  readonly topic: string;
  readonly partition: number;
  readonly first: number;
  readonly last: number;
}

/** A batch that could not be decoded, and that reading passes over because an operator has said so. */
export interface SkippedBatch extends LostRange {
  readonly checksum: number;
}
