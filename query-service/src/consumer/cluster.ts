import type { Admin } from 'kafkajs';
import type { PartitionOffsets } from '../apply/history';

/** What the consumer has to know of the cluster before it reads. */
export interface ClusterState {
  readonly clusterId: string;
  /** Brokers that have any of these topics' partitions, running or not. */
  readonly brokers: number;
  /** Of every partition of the event topics. */
  readonly offsets: readonly PartitionOffsets[];
  /** The end of the watermark topic. It is read from there: only new ones count. */
  readonly watermarkEnd: number;
}

/**
 * Asks the cluster for its id and the offsets of all event partitions.
 *
 * @throws when no broker answers, or naming the topics that do not exist (yet)
 */
export async function readClusterState(
  admin: Admin,
  eventTopics: readonly string[],
  watermarkTopic: string,
): Promise<ClusterState> {
  const existing = await admin.listTopics();
  const all = [...eventTopics, watermarkTopic];
  const missing = all.filter((topic) => !existing.includes(topic));
  if (missing.length > 0) throw new Error(`the relay keeper to create ${missing.join(', ')}`);
  const { clusterId } = await admin.describeCluster();
  const { topics } = await admin.fetchTopicMetadata({ topics: all });
  const brokers = new Set(topics.flatMap((t) => t.partitions.flatMap((p) => p.replicas)));
  const offsets = await endOffsets(admin, eventTopics);
  const [watermark] = await endOffsets(admin, [watermarkTopic]);
  return { clusterId, brokers: brokers.size, offsets, watermarkEnd: watermark?.high ?? 0 };
}

/** The first and the next offset of each partition of these topics. */
export async function endOffsets(
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
