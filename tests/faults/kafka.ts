import { randomUUID } from 'node:crypto';
import { ConfigResourceTypes, ConfigSource, type Message, Partitioners } from 'kafkajs';
import { plainClient, withAdmin } from '../../kafka-client/test/support/plain-client';

/** Writes records as any program could that may write to the topic. @returns their names, `topic/0@17` */
export async function produce(
  brokers: string,
  topic: string,
  messages: readonly Message[],
): Promise<string[]> {
  const producer = plainClient(brokers).producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
  });
  await producer.connect();
  try {
    const names: string[] = [];
    for (const message of messages) {
      const [written] = await producer.send({ topic, messages: [message] });
      names.push(`${topic}/${written?.partition}@${written?.baseOffset}`);
    }
    return names;
  } finally {
    await producer.disconnect();
  }
}

/** A transaction with one record in it. */
export interface OpenTransaction {
  readonly partition: number;
  /** The record's. */
  readonly offset: number;
  abort(): Promise<void>;
  /** Its producer is gone: the broker ends the transaction when its time is up. */
  die(): Promise<void>;
}

/** Begins a transaction of a program of its own, and writes one record in it. */
export async function openTransaction(
  brokers: string,
  topic: string,
  message: Message,
  transactionTimeout: number,
): Promise<OpenTransaction> {
  const producer = plainClient(brokers).producer({
    transactionalId: `foreign-${randomUUID()}`,
    transactionTimeout,
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
  });
  await producer.connect();
  try {
    const transaction = await producer.transaction();
    const [written] = await transaction.send({ topic, messages: [message] });
    if (written === undefined) throw new Error(`nothing was written to ${topic}`);
    return {
      partition: written.partition,
      offset: Number(written.baseOffset),
      abort: async () => {
        await transaction.abort();
        await producer.disconnect();
      },
      die: () => producer.disconnect(),
    };
  } catch (error) {
    await producer.disconnect();
    throw error;
  }
}

/** Changes one setting of a topic and leaves the others; null: as the broker has it. */
export async function setTopicConfig(
  brokers: string,
  topic: string,
  name: string,
  value: string | null,
): Promise<void> {
  const resource = { type: ConfigResourceTypes.TOPIC, name: topic };
  await withAdmin(brokers, async (admin) => {
    const found = await admin.describeConfigs({ includeSynonyms: false, resources: [resource] });
    const own = (found.resources[0]?.configEntries ?? [])
      .filter((entry) => entry.configSource === ConfigSource.TOPIC_CONFIG)
      .filter((entry) => entry.configName !== name)
      .map((entry) => ({ name: entry.configName, value: entry.configValue }));
    const configEntries = value === null ? own : [...own, { name, value }];
    // What it does not name, it resets.
    await admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries }] });
  });
}
