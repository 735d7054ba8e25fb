import type { Consumer, EachBatchPayload } from 'kafkajs';
import { partitionName } from '../model/partition';

type Batch = EachBatchPayload['batch'];

/** A batch that kafkajs has finished. */
interface FinishedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly firstOffset: string;
  readonly lastOffset: string;
}

/**
 * Keeps the seeks in the event partitions, and decides which batches count after them. kafkajs has a fetcher per
 * broker: when a partition's leader moves, the new leader's fetcher uses a seek while a batch of the old one is still
 * on its way. A batch that was fetched before a seek must not move the position that the seek has set.
 */
export class Seeks {
  /** The offset that each partition was told to seek, until a batch comes that was fetched there. */
  private readonly sought = new Map<string, string>();
  /**
   * Whether a partition's present batch is handed over. Without an entry, the batch has only markers, and kafkajs does
   * not deliver it.
   */
  private readonly handedOver = new Map<string, boolean>();

  constructor(private readonly consumer: Pick<Consumer, 'seek'>) {}

  seek(topic: string, partition: number, offset: number): void {
    this.sought.set(partitionName(topic, partition), String(offset));
    this.consumer.seek({ topic, partition, offset: String(offset) });
  }

  /** Notes that a batch has come; it is not handed over unless `accepts` says so. */
  arrived({ topic, partition }: Batch): void {
    this.handedOver.set(partitionName(topic, partition), false);
  }

  /** Whether a batch is to be handed over: not when it was fetched elsewhere than the last seek has said. */
  accepts(batch: Batch): boolean {
    // kafkajs's batches have this member, their type does not.
    const { topic, partition, fetchedOffset } = batch as Batch & { fetchedOffset?: string };
    const name = partitionName(topic, partition);
    const sought = this.sought.get(name);
    if (sought !== undefined && sought !== fetchedOffset) {
      // Seek again: kafkajs's position may have moved past a batch without records, which it does not deliver.
      this.consumer.seek({ topic, partition, offset: sought });
      return false;
    }
    this.sought.delete(name);
    this.handedOver.set(name, true);
    return true;
  }

  /**
   * Whether there was a seek since the partition's present batch was accepted: then reading must not continue at its
   * end.
   */
  isMoved({ topic, partition }: Batch): boolean {
    return this.sought.has(partitionName(topic, partition));
  }

  /** @returns the next offset to read once the batch is applied; null when the batch does not count */
  finished({ topic, partition, firstOffset, lastOffset }: FinishedBatch): number | null {
    const name = partitionName(topic, partition);
    const next = Number(lastOffset) + 1;
    const wasHandedOver = this.handedOver.get(name);
    this.handedOver.delete(name);
    if (wasHandedOver === false) return null;
    const sought = this.sought.get(name);
    if (wasHandedOver === undefined && sought !== undefined) {
      // The batch has only markers. It does not count if it was fetched before the seek.
      if (sought !== firstOffset) return null;
      this.sought.set(name, String(next));
    }
    return next;
  }
}
