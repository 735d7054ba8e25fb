import type { Admin } from 'kafkajs';

/** What the cluster holds of a partition: records from `low` on, the next one gets `high`. */
export interface PartitionOffsets {
  readonly topic: string;
  readonly partition: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The first offset of each partition of these topics, and the one where it ends. By kafkajs's own admin client, which
 * `KafkaAdmin` uses, that is the last stable offset: who reads committed records comes so far. By
 * `adminOfHighWatermarks` it is the one behind everything that is written, also by transactions that have not ended.
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
