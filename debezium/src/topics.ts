import { aggregates, aggregateTypes, eachAggregate } from 'contracts/aggregates';
import type { KafkaAdmin, TopicSpec } from 'kafka-client/kafka-admin';
import type { Sql } from 'service-kit/sql';
import type { RelayKeeperConfig } from './config';

export interface WantedTopic extends TopicSpec {
  /** More partitions are no fault: somebody has added them. */
  mayHaveMore: boolean;
}

export interface TopicsFound {
  missing: WantedTopic[];
  /** Topics with fewer partitions than wanted. */
  short: WantedTopic[];
  /** Differences from what the views rely on, a sentence each. They are not repaired: a person decides. */
  faults: string[];
}

/** The topic's name for each kind of row that the relay reads. */
export type TopicNames = RelayKeeperConfig['topics'];

/**
 * The topics that rows may name, as the set-up stored them; they must exist.
 *
 * @throws what PostgreSQL answered, or that the set-up has not run
 */
export async function findTopicNames(sql: Sql): Promise<TopicNames> {
  const rows = await sql<{ kind: string; topic: string }>({
    name: 'find-topic-names',
    text: 'SELECT aggregatetype AS kind, topic FROM public.outbox_topics',
  });
  const found = new Map(rows.map(({ kind, topic }) => [kind, topic]));
  const topicOf = (kind: string): string => {
    const topic = found.get(kind);
    if (topic !== undefined) return topic;
    throw new Error(
      `outbox_topics lacks the topic of ${kind}: run the migrations and the set-up of the relay`,
    );
  };
  return { ...eachAggregate(topicOf), watermark: topicOf('watermark') };
}

/**
 * The topics for which this keeper and the database are configured differently: it would watch and purge the wrong
 * ones.
 */
export function disagreements(configured: TopicNames, inDatabase: TopicNames): string[] {
  return ([...aggregateTypes, 'watermark'] as const)
    .filter((kind) => configured[kind] !== inDatabase[kind])
    .map(
      (kind) =>
        `${configured[kind]} is where this keeper looks for ${kind} events, and rows of the database name ${inDatabase[kind]}: give all parts the same ${kind === 'watermark' ? 'WATERMARK_TOPIC' : aggregates[kind].topicVariable} and run the set-up again`,
    );
}

/**
 * Event topics keep everything: views can always be rebuilt from the beginning.
 * Watermarks are worth nothing after minutes.
 */
export function wantedTopics(
  { partitions, replication, ...config }: RelayKeeperConfig,
  topics: TopicNames = config.topics,
): WantedTopic[] {
  const forever = { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' };
  return [
    ...aggregateTypes.map((type) => ({
      topic: topics[type],
      partitions,
      mayHaveMore: true,
      replication,
      config: forever,
    })),
    {
      topic: topics.watermark,
      partitions: 1,
      mayHaveMore: false,
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
export async function findTopics(kafka: KafkaAdmin, wanted: WantedTopic[]): Promise<TopicsFound> {
  const existing = new Set(await kafka.topics());
  const found = wanted.filter(({ topic }) => existing.has(topic));
  const missing = wanted.filter(({ topic }) => !existing.has(topic));
  if (found.length === 0) return { missing, short: [], faults: [] };
  const names = found.map(({ topic }) => topic);
  const partitions = await kafka.partitionCounts(names);
  const settings = new Set(found.flatMap(({ config }) => Object.keys(config)));
  const configs = await kafka.topicConfigs(names, [...settings]);
  const faults = found.flatMap((wish) => [
    ...(wish.mayHaveMore || partitions.get(wish.topic) === wish.partitions
      ? []
      : [`${wish.topic} has ${partitions.get(wish.topic)} partitions, not ${wish.partitions}`]),
    ...Object.entries(wish.config)
      .filter(([name, value]) => configs.get(wish.topic)?.get(name) !== value)
      .map(([name, value]) => {
        const actual = configs.get(wish.topic)?.get(name);
        return `${wish.topic} has ${name}=${actual}, not ${value}`;
      }),
  ]);
  const short = found.filter(
    (wish) => wish.mayHaveMore && (partitions.get(wish.topic) ?? 0) < wish.partitions,
  );
  return { missing, short, faults };
}
