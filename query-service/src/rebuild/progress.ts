import type { PartitionOffsets } from 'kafka-client/offset-ranges';
import { partitionName } from '../model/partition';

/** The progress of a rebuild. Offsets count transaction markers, as the ends of partitions do. */
export interface RebuildProgress {
  readonly read: number;
  readonly toRead: number;
  /** Rounded down to one decimal. */
  readonly percent: number;
  /** The rate since this process began to fill the candidate. */
  readonly offsetsPerSecond: number;
  /** The time left at that rate; null when not known yet. */
  readonly secondsLeft: number | null;
  readonly partitions: readonly { partition: string; read: number; toRead: number }[];
}

interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** Measures the progress by the positions and the ends of the partitions. */
export class RebuildProgressMeter {
  private began: { at: number; read: number } | null = null;
  #progress: RebuildProgress = {
    read: 0,
    toRead: 0,
    percent: 0,
    offsetsPerSecond: 0,
    secondsLeft: null,
    partitions: [],
  };

  get progress(): RebuildProgress {
    return this.#progress;
  }

  /**
   * @param positions the next offset of each partition
   * @param nowMs the time by a monotonic clock
   */
  update(positions: readonly Position[], ends: readonly PartitionOffsets[], nowMs: number): void {
    const partitions = ends.map(({ topic, partition, low, high }) => {
      const read = Math.min(Math.max(nextOf(positions, topic, partition) - low, 0), high - low);
      return { partition: partitionName(topic, partition), read, toRead: high - low };
    });
    const read = sum(partitions.map((p) => p.read));
    const toRead = sum(partitions.map((p) => p.toRead));
    this.began ??= { at: nowMs, read };
    const seconds = (nowMs - this.began.at) / 1000;
    const rate = seconds > 0 ? (read - this.began.read) / seconds : 0;
    this.#progress = {
      read,
      toRead,
      percent: toRead === 0 ? 100 : Math.floor((1000 * read) / toRead) / 10,
      offsetsPerSecond: Math.round(rate),
      secondsLeft: rate > 0 ? Math.ceil((toRead - read) / rate) : null,
      partitions,
    };
  }
}

/** Whether everything before these ends has been read. @param positions the next offset of each partition */
export const hasReached = (
  positions: readonly Position[],
  ends: readonly PartitionOffsets[],
): boolean =>
  ends.every(
    ({ topic, partition, low, high }) =>
      low === high || nextOf(positions, topic, partition) >= high,
  );

const nextOf = (positions: readonly Position[], topic: string, partition: number): number =>
  positions.find((p) => p.topic === topic && p.partition === partition)?.offset ?? 0;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);
