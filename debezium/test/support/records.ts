import { Kafka, type KafkaMessage, logLevel } from 'kafkajs';
import { headerText, readHeaders } from 'contracts/headers';
import { until } from 'local/until';

/** A record as a read-committed consumer got it. */
export interface ReceivedRecord {
  topic: string;
  offset: string;
  /** When the relay read its row, by Connect's clock. */
  at: number;
  key: string | undefined;
  value: string | undefined;
  headers: ReturnType<typeof readHeaders>;
  /** All headers as they stand there, in their order. */
  allHeaders: [name: string, value: string | null][];
}

/** Reads topics from their beginning and keeps every record. */
export class RecordReader {
  readonly records: ReceivedRecord[] = [];
  private readonly consumer;

  constructor(bootstrapServers: string) {
    const kafka = new Kafka({ brokers: [bootstrapServers], logLevel: logLevel.NOTHING });
    this.consumer = kafka.consumer({
      groupId: 'records',
      maxWaitTimeInMs: 100,
      metadataMaxAge: 2_000,
    });
  }

  async start(topics: string[]): Promise<void> {
    await this.consumer.connect();
    await this.consumer.subscribe({ topics, fromBeginning: true });
    await this.consumer.run({
      eachMessage: ({ topic, message }) => {
        this.records.push(received(topic, message));
        return Promise.resolve();
      },
    });
  }

  /** How often each of these events has come. */
  times(ids: string[]): number[] {
    return ids.map((id) => this.records.filter(({ headers }) => headers.id === id).length);
  }

  /** The record of an event, as soon as it is there. */
  async arrival(id: string, deadlineMs = 60_000): Promise<ReceivedRecord> {
    return until(() => {
      const record = this.records.find(({ headers }) => headers.id === id);
      return record ? Promise.resolve(record) : Promise.reject(new Error(`no event ${id} yet`));
    }, deadlineMs);
  }

  stop(): Promise<void> {
    return this.consumer.disconnect();
  }
}

function received(
  topic: string,
  { key, value, headers, offset, timestamp }: KafkaMessage,
): ReceivedRecord {
  return {
    topic,
    offset,
    at: Number(timestamp),
    key: key?.toString(),
    value: value?.toString(),
    headers: readHeaders(headers ?? {}),
    allHeaders: Object.entries(headers ?? {}).map(([name]) => [
      name,
      headerText(headers ?? {}, name),
    ]),
  };
}
