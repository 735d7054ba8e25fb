import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { HeaderError, readHeaders } from 'contracts/headers';
import { CannotCompare, reason } from '../cannot-compare';
import { type OffsetRange, readRanges } from '../read-ranges';

/** Clocks differ, and a record is stamped when the relay reads its event. */
const clockMarginMs = 60_000;

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
  const ranges = await rangesToRead(kafka, search);
  await readRanges(kafka, 'explain', topic, ranges, (partition, messages) => {
    for (const message of messages) {
      const key = message.key?.toString() ?? '';
      if (!keys.has(key)) continue;
      const place = placeOf(`${topic}/${partition}@${message.offset}`, message.headers ?? {});
      const before = found.get(key) ?? [];
      const known = before.some((p) => p.eventId === place?.eventId);
      if (place !== null && !known) found.set(key, [...before, place]);
    }
  });
  for (const places of found.values()) places.sort((a, b) => a.version - b.version);
  return found;
}

/** The partitions that can hold the keys, each with the offsets to read. */
async function rangesToRead(kafka: Kafka, search: Search): Promise<Map<number, OffsetRange>> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await askRanges(admin, search);
  } finally {
    await admin.disconnect();
  }
}

async function askRanges(
  admin: ReturnType<Kafka['admin']>,
  { topic, keys, since }: Search,
): Promise<Map<number, OffsetRange>> {
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
