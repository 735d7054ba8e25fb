import { randomUUID } from 'node:crypto';
import { type Kafka, type KafkaMessage, logLevel } from 'kafkajs';
import type { KafkaConnection } from './connection';
import { createKafka } from './kafka';
import { clearError } from './refusal';

/** How long reading may go on without a record. */
const silenceMs = 30_000;

/** A range of a partition's offsets, without `to`. */
export interface OffsetRange {
  readonly from: number;
  readonly to: number;
}

export type KafkaRecord = Pick<KafkaMessage, 'offset' | 'key' | 'value' | 'headers'>;

interface RangesToRead {
  /** The client's id, and the prefix of the consumer group's name. */
  readonly clientId: string;
  readonly topic: string;
  /** The range of each partition. */
  readonly ranges: ReadonlyMap<number, OffsetRange>;
  /**
   * Receives the records of a range in order, some at a time; the next ones come when it has resolved. After a
   * rebalance some come again.
   */
  readonly receive: (partition: number, records: KafkaRecord[]) => void | Promise<void>;
  /** Aborts the reading. */
  readonly signal?: AbortSignal;
}

/**
 * Reads ranges of a topic's partitions as a read-committed consumer sees them. It leaves no consumer group behind.
 *
 * @throws what Kafka says, what `receive` throws, and when nothing comes for half a minute
 */
export async function readRanges(
  connection: KafkaConnection,
  { clientId, topic, ranges, receive, signal }: RangesToRead,
): Promise<void> {
  const left = new Set([...ranges].filter(([, { from, to }]) => from < to).map(([p]) => p));
  if (left.size === 0) return;
  const kafka = createKafka(connection, {
    clientId,
    connectionTimeout: 3_000,
    logLevel: logLevel.NOTHING,
    retry: { retries: 2 },
  });
  const groupId = `${clientId}-${randomUUID()}`;
  const consumer = kafka.consumer({
    groupId,
    maxWaitTimeInMs: 100,
    // Otherwise kafkajs would restart by itself after a crash, even though this disconnects.
    retry: { restartOnFailure: () => Promise.resolve(false) },
  });
  let silence: NodeJS.Timeout | undefined;
  const ended = new AbortController();
  try {
    await consumer.connect();
    await consumer.subscribe({ topic });
    await new Promise<void>((resolve, reject) => {
      const listen = (): void => {
        clearTimeout(silence);
        silence = setTimeout(() => reject(new Error(`no record of ${topic} came`)), silenceMs);
      };
      const advance = (partition: number, next: number): void => {
        listen();
        if (next < (ranges.get(partition)?.to ?? 0)) return;
        left.delete(partition);
        if (left.size === 0) resolve();
      };
      listen();
      signal?.throwIfAborted();
      const abort = (): void => reject(signal?.reason as Error);
      signal?.addEventListener('abort', abort, { signal: ended.signal });
      const { GROUP_JOIN, END_BATCH_PROCESS, CRASH } = consumer.events;
      consumer.on(GROUP_JOIN, ({ payload }) => {
        const assigned = payload.memberAssignment[topic] ?? [];
        for (const partition of assigned) {
          const range = left.has(partition) ? ranges.get(partition) : undefined;
          if (range === undefined) consumer.pause([{ topic, partitions: [partition] }]);
          else consumer.seek({ topic, partition, offset: String(range.from) });
        }
      });
      // This event counts transaction markers, too: a partition may end in one.
      consumer.on(END_BATCH_PROCESS, ({ payload }) =>
        advance(payload.partition, Number(payload.lastOffset) + 1),
      );
      consumer.on(CRASH, ({ payload }) => reject(payload.error));
      consumer
        .run({
          autoCommit: false,
          // Take also a batch that a rebalance has overtaken: it continues what was received before.
          eachBatch: async ({ batch }) => {
            const { to } = ranges.get(batch.partition) ?? { to: 0 };
            const messages = batch.messages.filter(({ offset }) => Number(offset) < to);
            if (messages.length === 0) return;
            try {
              await receive(batch.partition, messages);
            } catch (error) {
              reject(error instanceof Error ? error : new Error(String(error)));
              throw error;
            }
          },
        })
        .catch(reject);
    });
  } catch (error) {
    throw clearError(error, connection);
  } finally {
    clearTimeout(silence);
    ended.abort();
    await consumer.disconnect();
    await deleteGroup(kafka, groupId);
  }
}

async function deleteGroup(kafka: Kafka, groupId: string): Promise<void> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    await admin.deleteGroups([groupId]);
  } catch {
    // If it cannot be deleted, the broker forgets the group by itself, because it has no offsets.
  } finally {
    await admin.disconnect();
  }
}
