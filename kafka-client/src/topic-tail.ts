import { randomUUID } from 'node:crypto';
import { type Consumer, logLevel } from 'kafkajs';
import type { KafkaConnection } from './connection';
import { createKafka } from './kafka';
import { clearError } from './refusal';

interface TopicTailOptions {
  readonly clientId: string;
  readonly topic: string;
  /** Receives each record's value. */
  readonly receive: (value: Buffer | null) => void;
  /** Called when reading has ended for good. @param error a `KafkaRefusal`, or what Kafka said */
  readonly onCrash: (error: unknown) => void;
}

/** Reads the committed records that come to a topic from now on. */
export class TopicTail {
  private readonly consumer: Consumer;

  constructor(
    private readonly connection: KafkaConnection,
    private readonly options: TopicTailOptions,
  ) {
    const { clientId, onCrash } = options;
    const kafka = createKafka(connection, {
      clientId,
      connectionTimeout: 2_000,
      logLevel: logLevel.NOTHING,
    });
    // Each reader has a group of its own, so that it sees all records, and never waits for a member that died.
    this.consumer = kafka.consumer({
      groupId: `${clientId}-${randomUUID()}`,
      maxWaitTimeInMs: 500,
      retry: { retries: 2, restartOnFailure: () => Promise.resolve(false) },
    });
    this.consumer.on(this.consumer.events.CRASH, ({ payload }) =>
      onCrash(clearError(payload.error, connection)),
    );
  }

  /** @throws {KafkaRefusal}, or what Kafka says: `stop` has still to be called */
  async start(): Promise<void> {
    try {
      await this.run();
    } catch (error) {
      throw clearError(error, this.connection);
    }
  }

  private async run(): Promise<void> {
    const { topic, receive } = this.options;
    await this.consumer.connect();
    await this.consumer.subscribe({ topic, fromBeginning: false });
    await this.consumer.run({
      autoCommit: false,
      eachMessage: ({ message }) => {
        receive(message.value);
        return Promise.resolve();
      },
    });
  }

  async stop(): Promise<void> {
    await this.consumer.disconnect().catch(() => undefined);
  }
}
