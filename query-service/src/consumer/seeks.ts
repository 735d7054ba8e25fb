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
 * The seeks in the event partitions, and which of the batches that come count after them. Each broker has a fetcher of
 * its own: when a partition's leader moves, the new leader's takes up a seek while the batch of the other one is still
 * on its way. What was fetched before a seek must not move the position that the seek has set.
 */
export class Seeks {
  /** The offset that a partition was told to read on at, until a batch comes that was fetched there. */
  private readonly sought = new Map<string, string>();
  /** Whether a partition's present batch is handed over. None: kafkajs keeps it, it has nothing but markers. */
  private readonly handedOver = new Map<string, boolean>();

  constructor(private readonly consumer: Pick<Consumer, 'seek'>) {}

  seek(topic: string, partition: number, offset: number): void {
    this.sought.set(partitionName(topic, partition), String(offset));
    this.consumer.seek({ topic, partition, offset: String(offset) });
  }

  /** A batch has come. It is not handed over unless `accepts` says so. */
  arrived({ topic, partition }: Batch): void {
    this.handedOver.set(partitionName(topic, partition), false);
  }

  /** Whether a batch is to be handed over: not when it was fetched elsewhere than the last seek has said. */
  accepts(batch: Batch): boolean {
    // kafkajs's batches have it, their type has not.
    const { topic, partition, fetchedOffset } = batch as Batch & { fetchedOffset?: string };
    const name = partitionName(topic, partition);
    const sought = this.sought.get(name);
    if (sought !== undefined && sought !== fetchedOffset) {
      // What is fetched next may lie behind a batch that came without records, and passed us by.
      this.consumer.seek({ topic, partition, offset: sought });
      return false;
    }
    this.sought.delete(name);
    this.handedOver.set(name, true);
    return true;
  }

  /** Whether there was a seek since the partition's present batch was accepted: its end is no place to read on from. */
  isMoved({ topic, partition }: Batch): boolean {
    return this.sought.has(partitionName(topic, partition));
  }

  /** @returns the offset that is read next, once what was handed over is applied; null: the batch does not count */
  finished({ topic, partition, firstOffset, lastOffset }: FinishedBatch): number | null {
    const name = partitionName(topic, partition);
    const next = Number(lastOffset) + 1;
    const wasHandedOver = this.handedOver.get(name);
    this.handedOver.delete(name);
    if (wasHandedOver === false) return null;
    const sought = this.sought.get(name);
    if (wasHandedOver === undefined && sought !== undefined) {
      // It has nothing but markers. Was it fetched before the seek?
      if (sought !== firstOffset) return null;
      this.sought.set(name, String(next));
    }
    return next;
  }
}
