import { ConfigResourceTypes, type Admin } from 'kafkajs';
import type { RelayKeeperConfig } from './config';

export interface WantedTopic {
  topic: string;
  partitions: number;
  replication: number;
  config: Record<string, string>;
}

export interface TopicsFound {
  missing: WantedTopic[];
  /** What is different from what views rely on, one sentence each. Not repaired: a person decides. */
  faults: string[];
}

/**
 * Event topics keep everything: views can always be rebuilt from the beginning.
 * Watermarks are worth nothing after minutes.
 */
export function wantedTopics(config: RelayKeeperConfig): WantedTopic[] {
  const { topics, partitions, replication } = config;
  const forever = { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' };
  return [
    { topic: topics.product, partitions, replication, config: forever },
    { topic: topics.order, partitions, replication, config: forever },
    {
      topic: topics.watermark,
      partitions: 1,
      replication,
      config: {
        'cleanup.policy': 'delete',
        'retention.ms': '3600000',
        'segment.ms': '600000',
        'segment.bytes': '1048576',
      },
    },
  ];
}

/** Compares the topics with what is wanted. */
export async function findTopics(admin: Admin, wanted: WantedTopic[]): Promise<TopicsFound> {
  const existing = new Set(await admin.listTopics());
  const found = wanted.filter(({ topic }) => existing.has(topic));
  const missing = wanted.filter(({ topic }) => !existing.has(topic));
  if (found.length === 0) return { missing, faults: [] };
  const partitions = await partitionCounts(admin, found);
  const configs = await configsOf(admin, found);
  const faults = found.flatMap((wish) => [
    ...(partitions.get(wish.topic) === wish.partitions
      ? []
      : [`${wish.topic} has ${partitions.get(wish.topic)} partitions, not ${wish.partitions}`]),
    ...Object.entries(wish.config)
      .filter(([name, value]) => configs.get(wish.topic)?.get(name) !== value)
      .map(([name, value]) => {
        const actual = configs.get(wish.topic)?.get(name);
        return `${wish.topic} has ${name}=${actual}, not ${value}`;
      }),
  ]);
  return { missing, faults };
}

/** Creates topics; one that has appeared meanwhile is left alone. */
export async function createTopics(admin: Admin, topics: WantedTopic[]): Promise<void> {
  await admin.createTopics({
    topics: topics.map(({ topic, partitions, replication, config }) => ({
      topic,
      numPartitions: partitions,
      replicationFactor: replication,
      configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
    })),
  });
}

/**
 * Where the next record would stand, as a read-committed consumer sees it: an open transaction of
 * the relay holds it back.
 */
export async function endOffset(admin: Admin, topic: string): Promise<string | undefined> {
  const [partition] = await admin.fetchTopicOffsets(topic);
  return partition?.high;
}

async function partitionCounts(admin: Admin, topics: WantedTopic[]): Promise<Map<string, number>> {
  const metadata = await admin.fetchTopicMetadata({ topics: topics.map(({ topic }) => topic) });
  return new Map(metadata.topics.map(({ name, partitions }) => [name, partitions.length]));
}

async function configsOf(
  admin: Admin,
  topics: WantedTopic[],
): Promise<Map<string, Map<string, string>>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map(({ topic, config }) => ({
      type: ConfigResourceTypes.TOPIC,
      name: topic,
      configNames: Object.keys(config),
    })),
  });
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  );
}
