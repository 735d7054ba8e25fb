import { aggregateTypes } from 'contracts/aggregates';
import { headerText } from 'contracts/headers';
import type { Sql } from 'service-kit/sql';
import type { DeadLetterCounts, DeadLetterState, Healing, Settled } from '../../model/dead-letter';
import type { LostRange, SkippedBatch } from '../../model/partition';
import { type Identified, lostReason, parkedRow, skippedReason } from '../dead-letter-text';
import { columnsAsArrays, unnest, type ColumnType } from './arrays';

/** Records that could not be applied. One row each, however often the record is read again. Columns as in SQLite. */
export const deadLetterSchema = `
  CREATE TABLE dead_letter (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic         text NOT NULL,
    partition     integer NOT NULL,
    record_offset bigint NOT NULL,
    lost_to       bigint,
    key           text,
    headers       text NOT NULL,
    value         text,
    event_id      text,
    source_id     text,           -- the database that wrote it; null: it does not say
    kind          text,
    subject       bigint,
    version       bigint,
    reason        text NOT NULL,
    parked_at     text NOT NULL DEFAULT to_char(now(), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    state         text NOT NULL DEFAULT 'open'
                  CHECK (state IN ('open', 'healed', 'redriven', 'discarded')),
    settled_at    text,
    settled_by    text,
    settled_why   text,
    UNIQUE (topic, partition, record_offset)
  );
  CREATE INDEX dead_letter_open ON dead_letter (id) WHERE state = 'open';
`;

const now = `to_char(now(), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** Excludes records of another database: our versions cannot heal them. */
const ofThisDatabase = `coalesce(dead_letter.source_id = (SELECT source_id FROM origin), true)`;

/** The columns in the order of `parkedRow`, and then one that only this engine has. */
const parkedColumns = {
  topic: 'text',
  partition: 'bigint',
  record_offset: 'bigint',
  key: 'text',
  headers: 'text',
  value: 'text',
  reason: 'text',
  event_id: 'text',
  kind: 'text',
  subject: 'bigint',
  version: 'bigint',
  source_id: 'text',
} satisfies Record<string, ColumnType>;

/**
 * Parks records. One that is read again and parked again keeps its row and state, except that a
 * redriven one is open again: the code that understood it is gone. Another record at the same place
 * takes the place over: the topic was created anew.
 */
export async function park(sql: Sql, parked: readonly Identified[]): Promise<void> {
  if (parked.length === 0) return;
  const names = Object.keys(parkedColumns);
  const types = Object.values(parkedColumns);
  const rows = parked.map((one) => [...parkedRow(one), headerText(one.record.headers, 'sourceId')]);
  const taken = names.slice(3).map((name) => `${name} = excluded.${name}`);
  await sql({
    name: 'park-dead-letters',
    text: `INSERT INTO dead_letter (${names.join(', ')}) SELECT * FROM ${unnest(types, 1)}
           ON CONFLICT (topic, partition, record_offset) DO UPDATE SET
             lost_to = NULL, ${taken.join(', ')}, parked_at = excluded.parked_at,
             state = 'open', settled_at = NULL, settled_by = NULL, settled_why = NULL
           WHERE dead_letter.state = 'redriven' OR dead_letter.value IS DISTINCT FROM excluded.value
              OR dead_letter.key IS DISTINCT FROM excluded.key
              OR dead_letter.headers IS DISTINCT FROM excluded.headers`,
    values: columnsAsArrays(rows, types),
  });
}

/** Parks offsets that were deleted before they were read: only a comparison tells what they changed. */
export async function parkLostRanges(sql: Sql, lost: readonly LostRange[]): Promise<void> {
  const types = ['text', 'bigint', 'bigint', 'bigint', 'text'] as const;
  const rows = lost.map((range) => [
    ...[range.topic, range.partition, range.first, range.last],
    lostReason(range),
  ]);
  await sql({
    name: 'park-lost-ranges',
    text: `INSERT INTO dead_letter (topic, partition, record_offset, lost_to, headers, reason)
           SELECT topic, partition, first, last, '{}', reason
           FROM ${unnest(types, 1)} AS lost (topic, partition, first, last, reason)
           ON CONFLICT DO NOTHING`,
    values: columnsAsArrays(rows, types),
  });
}

/** Records who skipped a batch, and why. */
export async function noteSkippedBatch(
  sql: Sql,
  batch: SkippedBatch,
  { reason, by, why }: { reason: string; by: string; why: string },
): Promise<void> {
  const { topic, partition, first, last, checksum } = batch;
  await sql({
    name: 'note-skipped-batch',
    text: `INSERT INTO dead_letter (topic, partition, record_offset, lost_to, headers, reason,
             state, settled_at, settled_by, settled_why)
           VALUES ($1, $2, $3, $4, $5, $6, 'discarded', ${now}, $7, $8)
           ON CONFLICT (topic, partition, record_offset) DO UPDATE SET
             lost_to = excluded.lost_to, key = NULL, headers = excluded.headers, value = NULL,
             event_id = NULL, source_id = NULL, kind = NULL, subject = NULL, version = NULL,
             reason = excluded.reason, parked_at = excluded.parked_at, state = excluded.state,
             settled_at = excluded.settled_at, settled_by = excluded.settled_by,
             settled_why = excluded.settled_why`,
    values: [
      ...[topic, partition, first, last, JSON.stringify({ batchChecksum: checksum })],
      ...[skippedReason(batch, reason), by, why],
    ],
  });
}

export const readSkippedBatches = (sql: Sql): Promise<SkippedBatch[]> =>
  sql<SkippedBatch>({
    name: 'skipped-batches',
    text: `SELECT topic, partition, record_offset AS first, lost_to AS last,
             CAST(CAST(headers AS json) ->> 'batchChecksum' AS bigint) AS checksum
           FROM dead_letter WHERE lost_to IS NOT NULL AND headers LIKE '{"batchChecksum":%'`,
  });

/**
 * Heals dead letters by the versions that are applied now. An event carries its aggregate's full state, so any version
 * that is not older contains everything that the dead letter would change.
 */
export async function healByVersion(sql: Sql): Promise<void> {
  for (const type of aggregateTypes) {
    const healed = await sql<Healed>({
      name: `heal-by-version-of-${type}`,
      text: `SELECT dead_letter.id, '${type}:' || CAST(subject AS text) || ' at version ' || CAST(max(applied.version) AS text) AS by
             FROM dead_letter JOIN ${type}_state AS applied ON applied.${type}_id = dead_letter.subject
             WHERE kind = '${type}' AND state = 'open' AND dead_letter.version <= applied.version AND ${ofThisDatabase}
             GROUP BY dead_letter.id, subject`,
    });
    await heal(sql, healed);
  }
}

interface Healed {
  readonly id: number;
  readonly by: string;
}

const heal = (sql: Sql, healed: readonly Healed[]): Promise<void> =>
  settle(
    sql,
    healed.map(({ id, by }) => ({ id, by, state: 'healed', reason: null })),
  );

/**
 * Heals dead letters that do not tell their version or aggregate: by the same event, read at last; or by an event that
 * was newer than the known version, later in the aggregate's partition than the dead letter.
 */
export async function healByRecord(sql: Sql, read: readonly Healing[]): Promise<void> {
  const types = ['text', 'bigint', 'bigint', 'text', 'bigint', 'text'] as const;
  const rows = read.map(({ record, kind, newer }) => [
    record.topic,
    record.partition,
    record.offset,
    record.headers.id?.toString() ?? null,
    newer ? Number(record.key) : null,
    kind,
  ]);
  const healed = await sql<Healed>({
    name: 'heal-by-record',
    text: `SELECT dead_letter.id,
             min(event.topic || '/' || CAST(event.partition AS text) || '@' || CAST(event.place AS text)) AS by
           FROM dead_letter JOIN ${unnest(types, 1)} AS event (topic, partition, place, event_id, subject, kind)
             ON ${sameOrLater}
           WHERE state = 'open' AND (dead_letter.version IS NULL OR dead_letter.subject IS NULL) AND ${ofThisDatabase}
           GROUP BY dead_letter.id`,
    values: columnsAsArrays(rows, types),
  });
  await heal(sql, healed);
}

// The place alone does not identify the event: a topic that was created anew has another event there.
const sameOrLater = `(event.event_id = dead_letter.event_id
  OR (event.topic = dead_letter.topic AND event.partition = dead_letter.partition
      AND event.place > dead_letter.record_offset
      AND event.subject = dead_letter.subject AND event.kind = dead_letter.kind))`;

type Outcome = Omit<Settled, 'state'> & { readonly state: DeadLetterState };

/** Writes the outcome of dead letters that were read again, or healed. */
export async function settle(sql: Sql, settled: readonly Outcome[]): Promise<void> {
  if (settled.length === 0) return;
  const types = ['bigint', 'text', 'text', 'text', 'text'] as const;
  const at = new Date().toISOString();
  const rows = settled.map(({ id, state, reason, by }) => [
    ...[id, state, reason],
    ...(state === 'open' ? [null, null] : [at, by]),
  ]);
  await sql({
    name: 'settle-dead-letters',
    text: `UPDATE dead_letter SET
             state = change.state,
             reason = coalesce(change.reason, dead_letter.reason),
             settled_at = change.at, settled_by = change.by
           FROM ${unnest(types, 1)} AS change (id, state, reason, at, by)
           WHERE dead_letter.id = change.id AND dead_letter.state = 'open'`,
    values: columnsAsArrays(rows, types),
  });
}

/** Discards a dead letter for an operator. */
export async function discardDeadLetter(
  sql: Sql,
  id: number,
  by: string,
  why: string,
): Promise<void> {
  await sql({
    name: 'discard-dead-letter',
    text: `UPDATE dead_letter
           SET state = 'discarded', settled_at = ${now}, settled_by = $2, settled_why = $3
           WHERE id = $1 AND state = 'open'`,
    values: [id, by, why],
  });
}

/** Counts the dead letters in each state. */
export async function countDeadLetters(sql: Sql): Promise<DeadLetterCounts> {
  const rows = await sql<{ state: DeadLetterState; count: number }>({
    name: 'count-dead-letters',
    text: 'SELECT state, count(*) AS count FROM dead_letter GROUP BY state',
  });
  const counts = Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  return { open: 0, healed: 0, redriven: 0, discarded: 0, ...counts };
}
