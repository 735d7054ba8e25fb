import { type Admin, ConfigResourceTypes, type Kafka, logLevel } from 'kafkajs';
import type { KafkaConnection } from './connection';
import { createAcls, type KafkaRight } from './acls';
import { createKafka } from './kafka';
import { offsetRanges, type PartitionOffsets } from './offset-ranges';
import { clearError, kafkaRefusals } from './refusal';

/** The settings of a topic to create. */
export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
  readonly replication: number;
  readonly config: Readonly<Record<string, string>>;
}

/** Reads and changes the cluster. It uses one connection until that fails, and makes pauses when it is refused. */
export class KafkaAdmin {
  private admin: Admin | undefined;
  private readonly kafka: Kafka;
  private readonly refusals = kafkaRefusals();

  /** @param retries 0 when the caller's own loop retries, and logs a failure once */
  constructor(
    private readonly connection: KafkaConnection,
    clientId: string,
    retries = 0,
  ) {
    this.kafka = createKafka(connection, {
      clientId,
      connectionTimeout: 2_000,
      requestTimeout: 3_000,
      retry: { retries },
      logLevel: logLevel.NOTHING,
    });
  }

  /** The number of brokers in the cluster; 0 while the one that answers has not registered yet. */
  async brokerCount(): Promise<number> {
    return this.with(async (admin) => (await admin.describeCluster()).brokers.length);
  }

  async topics(): Promise<string[]> {
    return this.with((admin) => admin.listTopics());
  }

  /** Creates topics; leaves alone one that exists already. */
  async createTopics(topics: readonly TopicSpec[]): Promise<void> {
    await this.with((admin) =>
      admin.createTopics({
        topics: topics.map(({ topic, partitions, replication, config }) => ({
          topic,
          numPartitions: partitions,
          replicationFactor: replication,
          configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
        })),
      }),
    );
  }

  async deleteTopics(topics: readonly string[]): Promise<void> {
    await this.with((admin) => admin.deleteTopics({ topics: [...topics] }));
  }

  /** Adds partitions up to each topic's wanted number. */
  async addPartitions(topics: readonly TopicSpec[]): Promise<void> {
    await this.with((admin) =>
      admin.createPartitions({
        topicPartitions: topics.map(({ topic, partitions }) => ({ topic, count: partitions })),
      }),
    );
  }

  /** The number of partitions by topic. @throws when a topic does not exist */
  async partitionCounts(topics: readonly string[]): Promise<Map<string, number>> {
    const metadata = await this.with((admin) => admin.fetchTopicMetadata({ topics: [...topics] }));
    return new Map(metadata.topics.map(({ name, partitions }) => [name, partitions.length]));
  }

  /** The effective settings of each topic. @throws when a topic does not exist */
  async topicConfigs(
    topics: readonly string[],
    settings: readonly string[],
  ): Promise<Map<string, Map<string, string>>> {
    const { resources } = await this.with((admin) =>
      admin.describeConfigs({
        includeSynonyms: false,
        resources: topics.map((name) => ({
          type: ConfigResourceTypes.TOPIC,
          name,
          configNames: [...settings],
        })),
      }),
    );
    return new Map(
      resources.map(({ resourceName, configEntries }) => [
        resourceName,
        new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
      ]),
    );
  }

  /** The first offset of each partition, and its last stable offset, up to which committed records can be read. */
  async offsetRanges(topics: readonly string[]): Promise<PartitionOffsets[]> {
    return this.with((admin) => offsetRanges(admin, topics));
  }

  /** By partition, the first offset of records from this time on; the end of the partition when there are none. */
  async offsetsAt(topic: string, time: Date): Promise<Map<number, number>> {
    const offsets = await this.with((admin) =>
      admin.fetchTopicOffsetsByTimestamp(topic, Math.max(0, time.getTime())),
    );
    return new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]));
  }

  /** Adds ACLs. The user of this connection has to be one who may. */
  async allow(rights: readonly KafkaRight[]): Promise<void> {
    await this.with((admin) => createAcls(admin, rights));
  }

  async close(): Promise<void> {
    await this.admin?.disconnect();
    this.admin = undefined;
  }

  /**
   * Runs a request. After an error, the next one opens a new connection: kafkajs keeps asking for the metadata of every
   * topic that it has ever seen, and fails for ever once one is deleted.
   */
  private async with<T>(request: (admin: Admin) => Promise<T>): Promise<T> {
    return this.refusals.run(() => this.tryWith(request));
  }

  private async tryWith<T>(request: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = this.admin ?? this.kafka.admin();
    try {
      if (this.admin === undefined) await admin.connect();
      this.admin = admin;
      return await request(admin);
    } catch (error) {
      this.admin = undefined;
      await admin.disconnect();
      throw clearError(error, this.connection);
    }
  }
}
