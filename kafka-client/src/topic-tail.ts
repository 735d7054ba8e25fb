import { randomUUID } from 'node:crypto';
import { type Consumer, logLevel } from 'kafkajs';
import type { KafkaConnection } from './connection';
import { createKafka } from './kafka';

export interface TopicTailOptions {
  readonly clientId: string;
  readonly topic: string;
  /** Gets each record's value. */
  readonly receive: (value: Buffer | null) => void;
  /** Called when reading has ended, and does not go on by itself. */
  readonly onCrash: () => void;
}

/** Reads what comes to a topic from now on, committed records only. */
export class TopicTail {
  private readonly consumer: Consumer;

  constructor(
    connection: KafkaConnection,
    private readonly options: TopicTailOptions,
  ) {
    const { clientId, onCrash } = options;
    const kafka = createKafka(connection, {
      clientId,
      connectionTimeout: 2_000,
      logLevel: logLevel.NOTHING,
    });
    // A group of its own: whoever reads there sees all, and nobody waits for a member that died.
    this.consumer = kafka.consumer({
      groupId: `${clientId}-${randomUUID()}`,
      maxWaitTimeInMs: 500,
      retry: { retries: 2, restartOnFailure: () => Promise.resolve(false) },
    });
    this.consumer.on(this.consumer.events.CRASH, onCrash);
  }

  /** @throws what Kafka says: `stop` has still to be called */
  async start(): Promise<void> {
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
