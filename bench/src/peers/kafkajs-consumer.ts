import { Kafka, logLevel } from 'kafkajs';
import { serve } from '../system/child';

export interface ConsumerInput {
  readonly bootstrapServers: string;
  readonly topics: readonly string[];
  /** It has read everything when it has read so many. */
  readonly records: number;
}

export interface ConsumerOutput {
  readonly records: number;
  /** From when it has joined its group, and fetches, to the last batch. */
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** More than the query service fetches at once: with nothing to do, few and large fetches are fastest. */
const maxBytesPerPartition = 4 << 20;

/** The peer of materialize: kafkajs, read committed like the query service, and nothing done with the records. */
serve(async ({ bootstrapServers, topics, records }: ConsumerInput): Promise<ConsumerOutput> => {
  const kafka = new Kafka({
    clientId: 'bench-peer',
    brokers: [bootstrapServers],
    logLevel: logLevel.ERROR,
  });
  const consumer = kafka.consumer({
    groupId: `bench-peer-${process.pid}-${Date.now()}`,
    readUncommitted: false,
    maxBytesPerPartition,
    maxBytes: 4 * maxBytesPerPartition,
    maxWaitTimeInMs: 500,
  });
  let joinedAt = NaN;
  let read = 0;
  await consumer.connect();
  await consumer.subscribe({ topics: [...topics], fromBeginning: true });
  consumer.on(consumer.events.GROUP_JOIN, () => (joinedAt = performance.now()));
  await new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    consumer
      .run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => {
          const { batch } = payload;
          read += batch.messages.length;
          payload.resolveOffset(batch.lastOffset());
          if (read >= records) resolve();
          return Promise.resolve();
        },
      })
      .catch(reject);
  });
  const { user, system } = process.cpuUsage();
  return {
    records: read,
    seconds: (performance.now() - joinedAt) / 1000,
    cpuSeconds: (user + system) / 1e6,
  };
});
