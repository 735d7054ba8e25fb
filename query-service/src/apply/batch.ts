import type { Folded } from '../model/changes';
import type { OpenDeadLetter, Parked, Settled } from '../model/dead-letter';
import { decode, type Decoded, type Event } from '../model/event';
import { recordName } from '../model/record';
import { anotherDatabase, tooManyUnreadable } from '../model/history';

/** A batch's records, sorted by what becomes of them. */
interface SortedBatch {
  readonly events: readonly Event[];
  readonly parked: readonly Parked[];
  /** The runs at the end of the batch. */
  readonly runs: Runs;
}

/** How many of the last records in a row were wrong, over all partitions. */
export interface Runs {
  /** Records that could not be read. */
  readonly unreadable: number;
  /** Events of another database; an unreadable record in between neither counts nor ends the run. */
  readonly foreign: number;
}

export const noRuns: Runs = { unreadable: 0, foreign: 0 };

/**
 * How many events of another database in a row are parked as strays. One more means that this database has taken the
 * place of the views' own: its events would be missing in the views, or be taken for duplicates.
 */
export const mostStrays = 10;

/**
 * Sorts records by what becomes of them.
 *
 * @param before the runs at the end of the batch before
 * @param sourceId the database whose events the views contain; null: that of most of these events
 * @throws {HistoryFault} on too long a run of unreadable records, or of events of another database
 */
export function sortBatch(
  records: readonly Decoded[],
  before: Runs,
  maxParkedRun: number,
  sourceId: string | null,
): SortedBatch {
  const ours = sourceId ?? commonestSource(records);
  const events: Event[] = [];
  const parked: Parked[] = [];
  let { unreadable, foreign } = before;
  for (const decoded of records) {
    if (decoded.kind === 'unreadable') {
      const { record, reason } = decoded;
      parked.push({ record, reason });
      unreadable++;
      if (unreadable > maxParkedRun) {
        throw tooManyUnreadable(maxParkedRun, recordName(record), reason);
      }
      continue;
    }
    unreadable = 0;
    if (decoded.kind !== 'event') continue;
    if (decoded.sourceId === ours) {
      foreign = 0;
      events.push(decoded);
      continue;
    }
    foreign++;
    if (foreign > mostStrays) throw anotherDatabase(mostStrays, decoded.sourceId, ours);
    const { record } = decoded;
    parked.push({ record, reason: ofAnotherDatabase(decoded, ours), isForeign: true });
  }
  return { events, parked, runs: { unreadable, foreign } };
}

const ofAnotherDatabase = ({ sourceId }: Event, ours: string | null): string =>
  `it is of another database (sourceId ${sourceId}, these views are of ${ours}): discard it`;

/** The most common source id, because the very first event may be a stray. On a tie, the first one. */
function commonestSource(records: readonly Decoded[]): string | null {
  const counts = new Map<string, number>();
  for (const decoded of records) {
    if (decoded.kind !== 'event') continue;
    const { sourceId } = decoded;
    counts.set(sourceId, (counts.get(sourceId) ?? 0) + 1);
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return most?.[0] ?? null;
}

/** The result of reading dead letters again. */
interface Redrive {
  readonly events: readonly Event[];
  /** The outcome of each dead letter once the events are applied, in order. */
  readonly settled: readonly Settled[];
}

/**
 * Reads parked records again, with the code of today.
 *
 * @param by who asked for it
 * @param sourceId the database whose events the views contain; a dead letter never decides that. Null: nothing was
 *   applied yet, so everything stays as it is
 */
export function readAgain(
  deadLetters: readonly OpenDeadLetter[],
  by: string,
  sourceId: string | null,
): Redrive {
  const events: Event[] = [];
  const settled = deadLetters.map(({ id, record }): Settled => {
    const decoded = decode(record);
    if (decoded.kind === 'unreadable') return { id, state: 'open', reason: decoded.reason, by };
    if (decoded.kind === 'event') {
      if (sourceId === null) return { id, state: 'open', reason: null, by };
      if (decoded.sourceId !== sourceId) {
        return { id, state: 'open', reason: ofAnotherDatabase(decoded, sourceId), by };
      }
      events.push(decoded);
    }
    return { id, state: 'redriven', reason: null, by, record };
  });
  return { events, settled };
}

/**
 * Parks events that could be read and not applied, besides what is parked anyway. One that is being read again stays an
 * open dead letter instead.
 */
export function withRefused(
  parked: readonly Parked[],
  settled: readonly Settled[],
  refused: Folded['refused'],
): { readonly parked: readonly Parked[]; readonly settled: readonly Settled[] } {
  if (refused.length === 0) return { parked, settled };
  const reasons = new Map(refused.map(({ event, reason }) => [event.record, reason]));
  const open = settled.map((one): Settled => {
    const reason = one.record && reasons.get(one.record);
    return reason === undefined ? one : { ...one, state: 'open', reason };
  });
  const again = new Set(settled.map(({ record }) => record));
  const fresh = refused.filter(({ event }) => !again.has(event.record));
  return {
    parked: [...parked, ...fresh.map(({ event: { record }, reason }) => ({ record, reason }))],
    settled: open,
  };
}
