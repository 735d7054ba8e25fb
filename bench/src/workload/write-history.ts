import { CompressionTypes, type Message, type Producer, type TopicMessages } from 'kafkajs';
import { topicOf, type EventRecord } from './history';
import { kafkaClient } from './topics';

/** As many as one poll of the relay that is behind, which is one transaction there (`transaction.boundary`). */
const perTransaction = 2_000;

/** A batch of one partition has about 16 KiB then: history that came by and by, not all at once. */
const perSend = 170;

/** Writes events to Kafka as the relay does: read-committed transactions, the same headers, no compression. */
export class HistoryWriter {
  private constructor(
    private readonly producer: Producer,
    private readonly suffix: string,
  ) {}

  /** @param suffix of the topics */
  static async connect(bootstrapServers: string, suffix = ''): Promise<HistoryWriter> {
    const producer = kafkaClient(bootstrapServers).producer({
      transactionalId: `bench-${process.pid}-${Date.now()}`,
      maxInFlightRequests: 1,
      idempotent: true,
      allowAutoTopicCreation: false,
    });
    await producer.connect();
    return new HistoryWriter(producer, suffix);
  }

  /** @param perBatch records of one send, over all partitions */
  async write(events: Iterable<EventRecord>, perBatch = perSend): Promise<void> {
    for (const records of chunks(events, perTransaction)) {
      const transaction = await this.producer.transaction();
      try {
        for (const some of chunks(records, perBatch)) {
          await transaction.sendBatch({
            topicMessages: this.messages(some),
            compression: CompressionTypes.None,
          });
        }
        await transaction.commit();
      } catch (error) {
        await transaction.abort().catch(() => undefined);
        throw error;
      }
    }
  }

  async close(): Promise<void> {
    await this.producer.disconnect();
  }

  private messages(records: readonly EventRecord[]): TopicMessages[] {
    const byTopic = new Map<string, Message[]>();
    for (const { aggregate, key, value, headers } of records) {
      const topic = topicOf(aggregate) + this.suffix;
      const messages = byTopic.get(topic) ?? [];
      messages.push({ key, value, headers });
      byTopic.set(topic, messages);
    }
    return [...byTopic].map(([topic, messages]) => ({ topic, messages }));
  }
}

function* chunks<T>(values: Iterable<T>, size: number): Generator<T[]> {
  let chunk: T[] = [];
  for (const value of values) {
    chunk.push(value);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
