import type { Logger } from 'service-kit/logger';
import { identify } from '../model/dead-letter';
import type { TopicAggregates } from '../model/aggregates';
import type { EventRecord } from '../model/record';
import type { DeadLetterPage } from './view-store';

type Row = DeadLetterPage[number];

/** The columns of a dead letter that are carried from one file to another. */
export const carriedColumns = [
  'topic',
  'partition',
  'record_offset',
  'lost_to',
  'key',
  'headers',
  'value',
  'event_id',
  'kind',
  'subject',
  'version',
  'reason',
  'parked_at',
  'state',
  'settled_at',
  'settled_by',
  'settled_why',
] as const;

/** The largest page in memory. A dead letter may be as large as the largest record; most have some hundred bytes. */
export const mostOfPage = { rows: 1_000, bytes: 2 ** 20 };

/** A page's row, and where it stands in its table. */
export type PlacedRow = Row & { readonly place: number };

/**
 * Reads dead letters page by page. Those that cannot be read are lost, and logged.
 *
 * @param read reads the rows after a place, ascending: as many as fit, but at least one
 */
export async function* pagesOf(
  read: (after: number, most: typeof mostOfPage) => Promise<readonly PlacedRow[]>,
  logger: Logger,
): AsyncGenerator<DeadLetterPage> {
  try {
    for (let after = 0; ;) {
      const page = await read(after, mostOfPage);
      const last = page.at(-1)?.place ?? after;
      // A damaged table might return its rows in any order; reading must end all the same.
      if (last <= after) return;
      yield page;
      after = last;
    }
  } catch (error) {
    logger.error({ err: error }, 'dead letters not carried over: their table cannot be read');
  }
}

/** Completes a dead letter's row, whatever columns its table had. */
export function completeRow(row: Row, topics: TopicAggregates): (string | number | null)[] {
  const complete = { ...identityOf(row, topics), ...stateOf(row), ...row };
  return carriedColumns.map((column) => complete[column] ?? null);
}

function identityOf(row: Row, topics: TopicAggregates): Row {
  const record: EventRecord = {
    topic: String(row.topic),
    partition: Number(row.partition),
    offset: Number(row.record_offset),
    key: row.key === null ? null : String(row.key),
    headers: JSON.parse(String(row.headers)) as EventRecord['headers'],
    value: typeof row.value === 'string' ? Buffer.from(row.value, 'base64') : null,
  };
  const { eventId, kind, subject, version } = identify(record, topics);
  return { event_id: eventId, kind, subject, version };
}

/** Derives the state in a file of an older version, which has only the time of healing. */
function stateOf(row: Row): Row {
  const healedAt = row.healed_at ?? null;
  return { state: healedAt === null ? 'open' : 'healed', settled_at: healedAt };
}
