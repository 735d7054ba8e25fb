import { identify } from '../model/dead-letter';
import type { TopicAggregates } from '../model/aggregates';
import type { EventRecord } from '../model/record';
import type { DeadLetterPage } from './view-store';

type Row = DeadLetterPage[number];

/** What of a dead letter is carried from one file to another. */
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

/** The most that is in memory at once. A dead letter holds up to the largest record there is; most are of some hundred bytes. */
export const mostOfPage = { rows: 1_000, bytes: 2 ** 20 };

/** The columns of a dead letter, whatever columns its table had. */
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

/** Files of older versions have no state, only the time of healing. */
function stateOf(row: Row): Row {
  const healedAt = row.healed_at ?? null;
  return { state: healedAt === null ? 'open' : 'healed', settled_at: healedAt };
}
