import type { KafkaConnection } from 'kafka-client/connection';
import { type KafkaRecord, type OffsetRange, readRanges } from 'kafka-client/read-ranges';
import { isUuid, relayedHeaders } from '../relayed-headers';
import type { RelayedEvent } from './outbox-rows';

/** The offset that is read next, by partition. */
export type Positions = Map<number, number>;

interface EventsToRead {
  readonly topic: string;
  /** Advanced when `receive` resolves, and to `to` at the end: records on which it threw are read again next time. */
  readonly from: Positions;
  /** Where to stop: these offsets are not read. */
  readonly to: Positions;
  /** Gets the events of some records at a time. */
  readonly receive: (events: RelayedEvent[]) => Promise<void>;
  /** Aborts the reading. */
  readonly signal: AbortSignal;
}

/** Reads the committed events of a topic: the evidence on which their rows may be deleted. */
export async function readBack(
  connection: KafkaConnection,
  { topic, from, to, receive, signal }: EventsToRead,
): Promise<void> {
  const ranges = new Map<number, OffsetRange>(
    [...to].map(([partition, end]) => [partition, { from: from.get(partition) ?? 0, to: end }]),
  );
  const receiveAll = async (partition: number, records: KafkaRecord[]): Promise<void> => {
    await receive(records.flatMap(eventOf));
    const next = Number(records.at(-1)?.offset) + 1;
    from.set(partition, Math.max(next, from.get(partition) ?? 0));
  };
  await readRanges(connection, {
    clientId: 'outbox-purge',
    topic,
    ranges,
    receive: receiveAll,
    signal,
  });
  // Transaction markers may follow the last record. The position may also go back: a topic that was created anew, as by
  // `new-history`, begins at 0 again.
  for (const [partition, end] of to) from.set(partition, end);
}

/** The record's event, or none when the relay cannot have written it. */
function eventOf(record: KafkaRecord): RelayedEvent[] {
  const headers = relayedHeaders(record);
  return headers === null || !isUuid(headers.sourceId) ? [] : [headers];
}
