import type { PartitionOffsets } from 'kafka-client/offset-ranges';
import { partitionName } from '../model/partition';

/**
 * How far reading has come in each partition: the next offset to read.
 *
 * Positions count transaction markers and aborted records, too. By the highest applied event alone, an idle partition
 * that ends in a marker would never seem read to its end.
 */
export class Positions {
  private readonly next = new Map<string, number>();

  advance(topic: string, partition: number, next: number): void {
    const key = partitionName(topic, partition);
    this.next.set(key, Math.max(next, this.of(topic, partition)));
  }

  of(topic: string, partition: number): number {
    return this.next.get(partitionName(topic, partition)) ?? 0;
  }

  /** How many offsets are still to be read up to the `high` of each partition, markers included. */
  behind(ends: readonly PartitionOffsets[]): number {
    return ends.reduce(
      (sum, { topic, partition, high }) => sum + Math.max(0, high - this.of(topic, partition)),
      0,
    );
  }
}
