import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { HeaderError, readHeaders } from 'contracts/headers';
import { CannotCompare, reason } from '../cannot-compare';

/** Clocks differ, and a record is stamped when the relay reads its event. */
const clockMarginMs = 60_000;
/** Reading a topic to its end may take longer, but not without a record. */
const silenceMs = 30_000;

/** Where an event stands in Kafka. */
export interface Place {
  readonly eventId: string;
  readonly version: number;
  /** `order-events/3@17`. */
  readonly record: string;
}

export interface Search {
  readonly topic: string;
  /** The aggregates' ids: the keys of their records. */
  readonly keys: ReadonlySet<string>;
  /** No record of theirs is older; null: read from the beginning. */
  readonly since: Date | null;
}

/**
 * Finds the records of these aggregates: in the partitions that their keys lead to, from the time of
 * their first event to the end of now. An event that was emitted again is where it was first.
 *
 * @returns by key, ascending by version
 * @throws {CannotCompare} when Kafka does not answer
 */
export async function findRecords(
  brokers: readonly string[],
  search: Search,
): Promise<Map<string, Place[]>> {
  const kafka = new Kafka({
    clientId: 'explain',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 3_000,
    retry: { retries: 2 },
  });
  try {
    return await read(kafka, search);
  } catch (error) {
    if (error instanceof CannotCompare) throw error;
    throw new CannotCompare(`Kafka does not answer: ${reason(error)}`);
  }
}

async function read(kafka: Kafka, search: Search): Promise<Map<string, Place[]>> {
  const { topic, keys } = search;
  const found = new Map<string, Place[]>();
  const groupId = `explain-${randomUUID()}`;
  const admin = kafka.admin();
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
  await admin.connect();
  try {
    const ways = await waysToRead(admin, search);
    const left = new Set([...ways].filter(([, { from, to }]) => from < to).map(([p]) => p));
    if (left.size === 0) return found;
    await consumer.connect();
    await consumer.subscribe({ topic });
    await new Promise<void>((resolve, reject) => {
      const silent = (): NodeJS.Timeout =>
        setTimeout(() => reject(new Error(`no record of ${topic} came`)), silenceMs);
      let silence = silent();
      const advance = (partition: number, next: number): void => {
        clearTimeout(silence);
        silence = silent();
        if (next < (ways.get(partition)?.to ?? 0)) return;
        left.delete(partition);
        if (left.size > 0) return;
        clearTimeout(silence);
        resolve();
      };
      const { GROUP_JOIN, END_BATCH_PROCESS, CRASH } = consumer.events;
      consumer.on(GROUP_JOIN, ({ payload }) => {
        const assigned = payload.memberAssignment[topic] ?? [];
        for (const partition of assigned) {
          const way = ways.get(partition);
          if (way === undefined) consumer.pause([{ topic, partitions: [partition] }]);
          else consumer.seek({ topic, partition, offset: String(way.from) });
        }
      });
      // Counts transaction markers, too: a partition may end in one.
      consumer.on(END_BATCH_PROCESS, ({ payload }) =>
        advance(payload.partition, Number(payload.lastOffset) + 1),
      );
      consumer.on(CRASH, ({ payload }) => reject(payload.error));
      consumer
        .run({
          autoCommit: false,
          eachMessage: ({ partition, message }) => {
            const key = message.key?.toString() ?? '';
            if (!keys.has(key)) return Promise.resolve();
            const place = placeOf(`${topic}/${partition}@${message.offset}`, message.headers ?? {});
            const before = found.get(key) ?? [];
            const known = before.some((p) => p.eventId === place?.eventId);
            if (place !== null && !known) found.set(key, [...before, place]);
            return Promise.resolve();
          },
        })
        .catch(reject);
    });
    for (const places of found.values()) places.sort((a, b) => a.version - b.version);
    return found;
  } finally {
    await consumer.disconnect();
    await admin.deleteGroups([groupId]).catch(() => undefined);
    await admin.disconnect();
  }
}

interface Way {
  readonly from: number;
  readonly to: number;
}

/** The partitions that can hold the keys, each with the offsets to read. */
async function waysToRead(
  admin: ReturnType<Kafka['admin']>,
  { topic, keys, since }: Search,
): Promise<Map<number, Way>> {
  const ends = await admin.fetchTopicOffsets(topic);
  const starts =
    since === null
      ? []
      : await admin.fetchTopicOffsetsByTimestamp(topic, since.getTime() - clockMarginMs);
  const metadata = await admin.fetchTopicMetadata({ topics: [topic] });
  const partitionMetadata = metadata.topics[0]?.partitions ?? [];
  // As the relay's producer chooses: murmur2 of the key.
  const choose = Partitioners.DefaultPartitioner();
  const wanted = new Set(
    [...keys].map((key) =>
      choose({ topic, partitionMetadata, message: { key: Buffer.from(key), value: null } }),
    ),
  );
  return new Map(
    ends
      .filter(({ partition }) => wanted.has(partition))
      .map(({ partition, low, high }) => {
        const start = Number(starts.find((s) => s.partition === partition)?.offset ?? low);
        // -1: nothing is that new.
        const from = start < 0 ? Number(high) : Math.max(start, Number(low));
        return [partition, { from, to: Number(high) }];
      }),
  );
}

function placeOf(record: string, headers: Parameters<typeof readHeaders>[0]): Place | null {
  try {
    const { id, aggregateVersion } = readHeaders(headers);
    return { eventId: id, version: aggregateVersion, record };
  } catch (error) {
    // What it says cannot be read: the query service has parked it.
    if (error instanceof HeaderError) return null;
    throw error;
  }
}
