import { HeaderError, readHeaders } from 'contracts/headers';
import type { KafkaConnection } from 'kafka-client/connection';
import { type KafkaRecord, type OffsetRange, readRanges } from 'kafka-client/read-ranges';
import type { RelayedEvent } from './outbox-rows';

/** By partition: the offset that is read next. */
export type Positions = Map<number, number>;

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface EventsToRead {
  readonly topic: string;
  /** Moved on as `receive` resolves, and in the end to `to`: what it threw on is read again next time. */
  readonly from: Positions;
  /** Not included. */
  readonly to: Positions;
  /** Gets the events of some records at a time. */
  readonly receive: (events: RelayedEvent[]) => Promise<void>;
  /** Ends it before its time. */
  readonly signal: AbortSignal;
}

/** Reads which events stand in a topic, committed: the evidence on which their rows may be deleted. */
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
  // Beyond the last record may stand transaction markers. Backwards, too: a topic that was created anew, as by
  // `new-history`, begins at 0 again.
  for (const [partition, end] of to) from.set(partition, end);
}

/** None when the relay cannot have written this record. */
function eventOf({ headers }: KafkaRecord): RelayedEvent[] {
  try {
    const { id, sourceId } = readHeaders(headers ?? {});
    return uuid.test(id) && uuid.test(sourceId) ? [{ id, sourceId }] : [];
  } catch (error) {
    if (error instanceof HeaderError) return [];
    throw error;
  }
}
