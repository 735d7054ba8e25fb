import type { Kafka, KafkaMessage } from 'kafkajs';
import { HeaderError, readHeaders } from 'contracts/headers';
import { type OffsetRange, readRanges } from 'reconcile/read-ranges';
import type { KafkaAdmin } from '../kafka-admin';
import type { RelayedEvent } from './outbox-rows';

/** By partition: the offset that is read next. */
export type Positions = Map<number, number>;

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Where records that are at least this old begin. A record's time is Connect's, when it read the row. */
export async function positionsAt(
  kafka: KafkaAdmin,
  topic: string,
  time: Date,
): Promise<Positions> {
  const offsets = await kafka.with((admin) =>
    admin.fetchTopicOffsetsByTimestamp(topic, Math.max(0, time.getTime())),
  );
  return new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]));
}

/**
 * Reads which events stand in a topic, committed: the evidence on which their rows may be deleted.
 *
 * @param from is moved on as `receive` resolves, and in the end to `to`: what it threw on is read again next time
 * @param to not included
 */
export async function readBack(
  kafka: Kafka,
  topic: string,
  from: Positions,
  to: Positions,
  signal: AbortSignal,
  receive: (events: RelayedEvent[]) => Promise<void>,
): Promise<void> {
  const ranges = new Map<number, OffsetRange>(
    [...to].map(([partition, end]) => [partition, { from: from.get(partition) ?? 0, to: end }]),
  );
  const read = async (partition: number, messages: KafkaMessage[]): Promise<void> => {
    await receive(messages.flatMap(eventOf));
    const next = Number(messages.at(-1)?.offset) + 1;
    from.set(partition, Math.max(next, from.get(partition) ?? 0));
  };
  await readRanges(kafka, 'outbox-purge', topic, ranges, read, signal);
  // Beyond the last record may stand transaction markers. Backwards, too: a topic that was created anew, as by
  // `new-history`, begins at 0 again.
  for (const [partition, end] of to) from.set(partition, end);
}

/** None when the relay cannot have written this record. */
function eventOf({ headers }: KafkaMessage): RelayedEvent[] {
  try {
    const { id, sourceId } = readHeaders(headers ?? {});
    return uuid.test(id) && uuid.test(sourceId) ? [{ id, sourceId }] : [];
  } catch (error) {
    if (error instanceof HeaderError) return [];
    throw error;
  }
}
