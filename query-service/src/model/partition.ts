/** A partition's name, as the key of maps and for people. */
export const partitionName = (topic: string, partition: number): string => `${topic}/${partition}`;

/** The position in a partition, and what identifies the partition when reading resumes. */
export interface PartitionProgress {
  readonly topic: string;
  readonly partition: number;
  /** Offset of the last record that was applied, parked or skipped. */
  readonly offset: number;
  /** That record's event id; null when it had none. */
  readonly eventId: string | null;
  /** How often the partition's stored state has changed, in a store that members share. */
  readonly seq?: number;
}

/** A beginning that an operator has accepted for a partition whose first records are gone. */
export interface AcceptedBeginning {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** The offset at which a partition may begin: 0, unless an operator accepted that its first records are gone. */
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

/** A batch that could not be decoded, and that an operator has skipped. */
export interface SkippedBatch extends LostRange {
  readonly checksum: number;
}
