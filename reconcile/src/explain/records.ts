import { HeaderError, readHeaders } from 'contracts/headers';
import type { KafkaConnection } from 'kafka-client/connection';
import { KafkaAdmin } from 'kafka-client/kafka-admin';
import { partitionOf } from 'kafka-client/partitioner';
import { type KafkaRecord, type OffsetRange, readRanges } from 'kafka-client/read-ranges';
import { reason } from 'service-kit/command-errors';
import { CannotCompare } from '../cannot-compare';

const clientId = 'explain';

/** The margin for differing clocks: a record is stamped when the relay reads its event. */
const clockMarginMs = 60_000;

/** The place of an event in Kafka. */
export interface Place {
  readonly eventId: string;
  readonly version: number;
  /** `order-events/3@17`. */
  readonly record: string;
}

interface Search {
  readonly topic: string;
  /** The aggregates' ids: the keys of their records. */
  readonly keys: ReadonlySet<string>;
  /** None of their records is older; null: read from the beginning. */
  readonly since: Date | null;
}

/**
 * Finds the records of these aggregates. It searches the partitions of their keys from the time of their first event to
 * the present end. When versions are missing there, it searches all other partitions, because the topic may have had
 * fewer of them at that time. Of an event that was emitted again, it returns the first record.
 *
 * @returns by key, ascending by version
 * @throws {CannotCompare} when Kafka does not answer
 */
export async function findRecords(
  connection: KafkaConnection,
  search: Search,
): Promise<Map<string, Place[]>> {
  try {
    return await read(connection, search);
  } catch (error) {
    if (error instanceof CannotCompare) throw error;
    throw new CannotCompare(`Kafka does not answer: ${reason(error)}`);
  }
}

async function read(connection: KafkaConnection, search: Search): Promise<Map<string, Place[]>> {
  const { topic, keys } = search;
  const found = new Map<string, Place[]>();
  const { likely, others } = await rangesToRead(connection, search);
  const receive = (partition: number, records: KafkaRecord[]): void => {
    for (const message of records) {
      const key = message.key?.toString() ?? '';
      if (!keys.has(key)) continue;
      const place = placeOf(`${topic}/${partition}@${message.offset}`, message.headers ?? {});
      const before = found.get(key) ?? [];
      const known = before.some((p) => p.eventId === place?.eventId);
      if (place !== null && !known) found.set(key, [...before, place]);
    }
  };
  const readIn = (ranges: Map<number, OffsetRange>): Promise<void> =>
    readRanges(connection, { clientId, topic, ranges, receive });
  await readIn(likely);
  const isWhole = (key: string): boolean => startsAtOne(found.get(key) ?? []);
  if (![...keys].every(isWhole)) await readIn(others);
  for (const places of found.values()) places.sort((a, b) => a.version - b.version);
  return found;
}

/** Whether these are versions 1 to n without gaps: then no other partition needs to be searched. */
function startsAtOne(places: readonly Place[]): boolean {
  const versions = new Set(places.map(({ version }) => version));
  return versions.size > 0 && Math.max(...versions) === versions.size;
}

interface Ranges {
  /** The partitions of the keys by the present number of partitions. */
  readonly likely: Map<number, OffsetRange>;
  readonly others: Map<number, OffsetRange>;
}

/** The offsets to read, by partition. */
async function rangesToRead(
  connection: KafkaConnection,
  { topic, keys, since }: Search,
): Promise<Ranges> {
  const admin = new KafkaAdmin(connection, clientId, 2);
  try {
    const ends = await admin.offsetRanges([topic]);
    const starts =
      since === null
        ? new Map<number, number>()
        : await admin.offsetsAt(topic, new Date(since.getTime() - clockMarginMs));
    const wanted = new Set([...keys].map((key) => partitionOf(key, ends.length)));
    const ranges = ends.map(({ partition, low, high }): [number, OffsetRange] => [
      partition,
      { from: Math.max(starts.get(partition) ?? low, low), to: high },
    ]);
    return {
      likely: new Map(ranges.filter(([partition]) => wanted.has(partition))),
      others: new Map(ranges.filter(([partition]) => !wanted.has(partition))),
    };
  } finally {
    await admin.close();
  }
}

function placeOf(record: string, headers: Parameters<typeof readHeaders>[0]): Place | null {
  try {
    const { id, aggregateVersion } = readHeaders(headers);
    return { eventId: id, version: aggregateVersion, record };
  } catch (error) {
    // The record cannot be read, so the query service has parked it.
    if (error instanceof HeaderError) return null;
    throw error;
  }
}
