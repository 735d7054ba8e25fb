import type { Healing, DeadLetterCounts, DeadLetterState, Settled } from '../../model/dead-letter';
import type { LostRange, SkippedBatch } from '../../model/partition';
import { type Identified, lostReason, parkedRow, skippedReason } from '../dead-letter-text';
import { appliedVersion } from './applied-version';
import type { Reader, Statement } from '../sql';

/** Records that could not be applied. One row each, however often the record is read again. */
export const deadLetterSchema = `
  CREATE TABLE dead_letter (
    id            INTEGER PRIMARY KEY,
    topic         TEXT NOT NULL,
    partition     INTEGER NOT NULL,
    record_offset INTEGER NOT NULL,
    lost_to       INTEGER,        -- the last offset of a range that was deleted before it was read
    key           TEXT,
    headers       TEXT NOT NULL,  -- JSON object of texts
    value         TEXT,           -- base64: it may not be text
    event_id      TEXT,
    kind          TEXT,           -- the aggregate's, such as 'order'; null: not known
    subject       INTEGER,        -- the aggregate's id; null: not known
    version       INTEGER,        -- the aggregate's; null: not readable
    reason        TEXT NOT NULL,
    parked_at     TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
    state         TEXT NOT NULL DEFAULT 'open'
                  CHECK (state IN ('open', 'healed', 'redriven', 'discarded')),
    settled_at    TEXT,
    settled_by    TEXT,           -- the record or version that healed it, or who redrove or discarded it
    settled_why   TEXT,           -- of a discarded one: why nothing is missing
    UNIQUE (topic, partition, record_offset)
  ) STRICT;
  CREATE INDEX dead_letter_open ON dead_letter (id) WHERE state = 'open';
`;

const now = `strftime('%Y-%m-%dT%H:%M:%fZ')`;

/** The applied version of the dead letter's aggregate; null when none was applied or the aggregate is not known. */
const applied = appliedVersion('kind', 'subject');

/**
 * Parks records. One that is read again and parked again keeps its row and state, except that a
 * redriven one is open again: the code that understood it is gone. Another record at the same place
 * takes the place over: the topic was created anew.
 */
export function insertDeadLetters(parked: readonly Identified[]): Statement {
  return {
    sql: `INSERT INTO dead_letter
            (topic, partition, record_offset, key, headers, value, reason, event_id, kind, subject, version)
          SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
                 value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10
          FROM jsonb_each(?) WHERE true
          ON CONFLICT (topic, partition, record_offset) DO UPDATE SET
            lost_to = NULL, key = excluded.key, headers = excluded.headers, value = excluded.value,
            reason = excluded.reason, event_id = excluded.event_id, kind = excluded.kind,
            subject = excluded.subject, version = excluded.version, parked_at = ${now},
            state = 'open', settled_at = NULL, settled_by = NULL, settled_why = NULL
          WHERE state = 'redriven' OR dead_letter.value IS NOT excluded.value
             OR dead_letter.key IS NOT excluded.key OR dead_letter.headers IS NOT excluded.headers`,
    rows: parked.map(parkedRow),
  };
}

/** Parks offsets that were deleted before they were read: only a comparison tells what they changed. */
export function insertLostRanges(lost: readonly LostRange[]): Statement {
  return {
    sql: `INSERT INTO dead_letter (topic, partition, record_offset, lost_to, headers, reason)
          SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, '{}', value ->> 4
          FROM jsonb_each(?) WHERE true
          ON CONFLICT DO NOTHING`,
    rows: lost.map((range) => [
      ...[range.topic, range.partition, range.first, range.last],
      lostReason(range),
    ]),
  };
}

/** Excludes records of another database: our versions cannot heal them. */
const ofThisDatabase = `coalesce(headers ->> 'sourceId' = (SELECT source_id FROM origin), true)`;

/**
 * Records who skipped a batch, and why. It is no open dead letter, because the views are in doubt until they were
 * compared.
 */
export function insertSkippedBatch(
  batch: SkippedBatch,
  { reason, by, why }: { reason: string; by: string; why: string },
): Statement {
  const { topic, partition, first, last, checksum } = batch;
  return {
    sql: `INSERT INTO dead_letter (topic, partition, record_offset, lost_to, headers, reason,
            state, settled_at, settled_by, settled_why)
          SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
            'discarded', ${now}, value ->> 6, value ->> 7
          FROM jsonb_each(?) WHERE true
          ON CONFLICT (topic, partition, record_offset) DO UPDATE SET
            lost_to = excluded.lost_to, key = NULL, headers = excluded.headers, value = NULL,
            event_id = NULL, kind = NULL, subject = NULL, version = NULL, reason = excluded.reason,
            parked_at = ${now}, state = excluded.state, settled_at = excluded.settled_at,
            settled_by = excluded.settled_by, settled_why = excluded.settled_why`,
    rows: [
      [
        ...[topic, partition, first, last, JSON.stringify({ batchChecksum: checksum })],
        ...[skippedReason(batch, reason), by, why],
      ],
    ],
  };
}

export function readSkippedBatches(database: Pick<Reader, 'all'>): Promise<SkippedBatch[]> {
  return database.all(
    `SELECT topic, partition, record_offset AS first, lost_to AS last,
       headers ->> 'batchChecksum' AS checksum
     FROM dead_letter WHERE lost_to IS NOT NULL AND headers ->> 'batchChecksum' IS NOT NULL`,
  );
}

/**
 * Heals dead letters by the versions that are applied now. An event carries its aggregate's full state, so any version
 * that is not older contains everything that the dead letter would change.
 */
export const healByVersion = `
  UPDATE dead_letter SET state = 'healed', settled_at = ${now},
    settled_by = kind || ':' || subject || ' at version ' || ${applied}
  WHERE state = 'open' AND version <= ${applied} AND ${ofThisDatabase}`;

/**
 * Heals dead letters that do not tell their version or aggregate: by the same event, read at last; or by an event that
 * was newer than the known version, later in the aggregate's partition than the dead letter.
 */
export function healByRecord(read: readonly Healing[]): Statement {
  return {
    sql: `UPDATE dead_letter SET state = 'healed', settled_at = ${now}, settled_by = (
            SELECT event.value ->> 0 || '/' || (event.value ->> 1) || '@' || (event.value ->> 2)
            FROM jsonb_each(?) AS event WHERE ${sameOrLater} LIMIT 1)
          WHERE state = 'open' AND (version IS NULL OR subject IS NULL) AND ${ofThisDatabase} AND EXISTS (
            SELECT 1 FROM jsonb_each(?) AS event WHERE ${sameOrLater})`,
    rows: read.map(({ record, kind, newer }) => [
      record.topic,
      record.partition,
      record.offset,
      record.headers.id?.toString() ?? null,
      newer ? Number(record.key) : null,
      kind,
    ]),
  };
}

// The place alone does not identify the event: a topic that was created anew has another event there.
const sameOrLater = `
  event.value ->> 3 = event_id
  OR (event.value ->> 0 = topic AND event.value ->> 1 = partition
      AND event.value ->> 2 > record_offset
      AND event.value ->> 4 = subject AND event.value ->> 5 = kind)`;

/** Writes the outcome of dead letters that were read again. */
export function settleDeadLetters(settled: readonly Settled[]): Statement {
  return {
    sql: `UPDATE dead_letter SET
            state = change.value ->> 1,
            reason = coalesce(change.value ->> 2, reason),
            settled_at = CASE change.value ->> 1 WHEN 'open' THEN NULL ELSE ${now} END,
            settled_by = CASE change.value ->> 1 WHEN 'open' THEN NULL ELSE change.value ->> 3 END
          FROM jsonb_each(?) AS change
          WHERE dead_letter.id = change.value ->> 0 AND state = 'open'`,
    rows: settled.map(({ id, state, reason, by }) => [id, state, reason, by]),
  };
}

/** Discards a dead letter for an operator. */
export function discardDeadLetter(id: number, by: string, why: string): Statement {
  return {
    sql: `UPDATE dead_letter
          SET state = 'discarded', settled_at = ${now}, 
            settled_by = word.value ->> 1, settled_why = word.value ->> 2
          FROM jsonb_each(?) AS word
          WHERE dead_letter.id = word.value ->> 0 AND state = 'open'`,
    rows: [[id, by, why]],
  };
}

/** Counts the dead letters in each state. */
export async function countDeadLetters(reader: Pick<Reader, 'all'>): Promise<DeadLetterCounts> {
  const rows = await reader.all<{ state: DeadLetterState; count: number }>(
    'SELECT state, count(*) AS count FROM dead_letter GROUP BY state',
  );
  const counts = Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  return { open: 0, healed: 0, redriven: 0, discarded: 0, ...counts };
}
