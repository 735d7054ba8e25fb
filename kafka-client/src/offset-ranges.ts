import type { Admin } from 'kafkajs';

/** The offsets of a partition: its records begin at `low`, and the next one gets `high`. */
export interface PartitionOffsets {
  readonly topic: string;
  readonly partition: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The first offset of each partition of these topics, and its end. With kafkajs's own admin client, which `KafkaAdmin`
 * uses, the end is the last stable offset, which readers of committed records can reach. With `adminOfHighWatermarks`
 * it is the high watermark, after all written records, including those of unfinished transactions.
 */
export async function offsetRanges(
  admin: Admin,
  topics: readonly string[],
): Promise<PartitionOffsets[]> {
  const all: PartitionOffsets[] = [];
  for (const topic of topics) {
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      all.push({ topic, partition, low: Number(low), high: Number(high) });
    }
  }
  return all;
}
