import type { OpenLetter, Parked, Settled } from '../store/dead-letters';
import { decode, recordName, type Decoded, type OrderEvent, type ProductEvent } from './event';
import { anotherDatabase, tooManyUnreadable } from './history';

export type Event = OrderEvent | ProductEvent;

/** What one transaction applies of the records that it reads on behind. */
export interface Batch {
  readonly events: readonly Event[];
  readonly parked: readonly Parked[];
  /** Unreadable records in a row, up to the batch's end. */
  readonly parkedRun: number;
}

/**
 * Sorts records by what becomes of them.
 *
 * @param parkedRun unreadable records in a row before it
 * @param sourceId the database that the views are of; null: the first event decides
 * @throws {HistoryFault} on too long a run of unreadable records, or an event of another database
 */
export function sortBatch(
  records: readonly Decoded[],
  parkedRun: number,
  maxParkedRun: number,
  sourceId: string | null,
): Batch {
  const events: Event[] = [];
  const parked: Parked[] = [];
  for (const decoded of records) {
    if (decoded.kind === 'unreadable') {
      const { record, reason } = decoded;
      parked.push({ record, reason });
      parkedRun++;
      if (parkedRun > maxParkedRun) {
        throw tooManyUnreadable(maxParkedRun, recordName(record), reason);
      }
    } else {
      parkedRun = 0;
      if (decoded.kind === 'event') events.push(decoded.event);
    }
  }
  const expected = sourceId ?? events[0]?.sourceId;
  const foreign = events.find((event) => event.sourceId !== expected);
  if (foreign !== undefined) throw anotherDatabase(foreign.sourceId, expected);
  return { events, parked, parkedRun };
}

/** What was read of letters that are tried again. */
export interface Redrive {
  readonly events: readonly Event[];
  /** What becomes of each letter when the events are applied, in order. */
  readonly settled: readonly Settled[];
}

/**
 * Reads parked records again, with the code of today.
 *
 * @param by who asked for it
 * @param sourceId the database that the views are of. A letter never decides that: with null, views
 *   that nothing was applied to yet, everything stays as it is
 */
export function readAgain(
  letters: readonly OpenLetter[],
  by: string,
  sourceId: string | null,
): Redrive {
  const events: Event[] = [];
  const settled = letters.map(({ id, record }): Settled => {
    const decoded = decode(record);
    if (decoded.kind === 'unreadable') return { id, state: 'open', reason: decoded.reason, by };
    if (decoded.kind === 'event') {
      const { event } = decoded;
      if (sourceId === null) return { id, state: 'open', reason: null, by };
      if (event.sourceId !== sourceId) {
        const reason = `it is of another database (sourceId ${event.sourceId}): discard it`;
        return { id, state: 'open', reason, by };
      }
      events.push(event);
    }
    return { id, state: 'redriven', reason: null, by };
  });
  return { events, settled };
}
