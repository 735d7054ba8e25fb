import type { Admin, Consumer, Producer } from 'kafkajs';
import { plainClient } from '../../../kafka-client/test/support/plain-client';
import { defaultTopics, eventTopics } from 'contracts/topics';
import type { TestEvent } from './events';

/** A cluster of the test's own, and what a relay does to it. */
export interface TestCluster {
  readonly admin: Admin;
  createTopics(partitions?: number): Promise<void>;
  deleteTopics(): Promise<void>;
  /** Writes events in one Kafka transaction, as Debezium does; a marker follows them. */
  relay(...events: TestEvent[]): Promise<void>;
  /** Writes events in a transaction that is given up: records that nobody may count. */
  relayAborted(...events: TestEvent[]): Promise<void>;
  /**
   * Writes events in a transaction that does not end: nothing behind them is shown to who reads committed records.
   *
   * @returns what ends it, with a commit
   */
  relayUnended(...events: TestEvent[]): Promise<() => Promise<void>>;
  relayWatermark(watermark: string): Promise<void>;
  /** Writes events of one topic as one batch, in no transaction. */
  writeTogether(topic: string, events: readonly TestEvent[]): Promise<void>;
  /** Another reader in a consumer group; the caller disconnects it. */
  joinGroup(groupId: string): Promise<Consumer>;
  disconnect(): Promise<void>;
}

export const topics = defaultTopics;

export async function connectTo(bootstrapServers: string): Promise<TestCluster> {
  const kafka = plainClient(bootstrapServers);
  const admin = kafka.admin();
  await admin.connect();
  const producer: Producer = kafka.producer({
    transactionalId: 'relay',
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await producer.connect();

  const write = async (events: TestEvent[], end: 'commit' | 'abort'): Promise<void> => {
    const transaction = await producer.transaction();
    for (const { topic, ...message } of events) {
      await transaction.send({ topic, messages: [message] });
    }
    await transaction[end]();
  };
  return {
    admin,
    createTopics: async (partitions = 2) => {
      await admin.createTopics({
        waitForLeaders: true,
        topics: [
          ...eventTopics(topics).map((topic) => ({ topic, numPartitions: partitions })),
          { topic: topics.watermark, numPartitions: 1 },
        ],
      });
    },
    deleteTopics: async () => {
      const existing = await admin.listTopics();
      const ours = Object.values(topics).filter((topic) => existing.includes(topic));
      await admin.deleteTopics({ topics: ours });
    },
    relay: (...events) => write(events, 'commit'),
    relayAborted: (...events) => write(events, 'abort'),
    relayUnended: async (...events) => {
      const hanging = kafka.producer({
        transactionalId: `unended-${events[0]?.key}`,
        idempotent: true,
        maxInFlightRequests: 1,
        transactionTimeout: 600_000,
      });
      await hanging.connect();
      const transaction = await hanging.transaction();
      for (const { topic, ...message } of events) {
        await transaction.send({ topic, messages: [message] });
      }
      return async () => {
        await transaction.commit();
        await hanging.disconnect();
      };
    },
    relayWatermark: async (watermark) => {
      const transaction = await producer.transaction();
      const value = JSON.stringify({ watermark });
      await transaction.send({ topic: topics.watermark, messages: [{ key: 'watermark', value }] });
      await transaction.commit();
    },
    writeTogether: async (topic, events) => {
      const plain = kafka.producer();
      await plain.connect();
      await plain.send({ topic, messages: [...events] });
      await plain.disconnect();
    },
    joinGroup: async (groupId) => {
      const consumer = kafka.consumer({ groupId });
      await consumer.connect();
      await consumer.subscribe({ topics: Object.values(topics) });
      await consumer.run({ eachMessage: () => Promise.resolve() });
      return consumer;
    },
    disconnect: async () => {
      await producer.disconnect();
      await admin.disconnect();
    },
  };
}
