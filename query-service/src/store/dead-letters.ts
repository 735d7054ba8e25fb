import type { EventRecord } from '../apply/event';
import type { LetterIdentity } from '../apply/letter';
import type { Reader, Statement } from '../views/view';

/**
 * - `open`: what it meant to change is missing in the views
 * - `healed`: a version of its aggregate that is not older was applied
 * - `redriven`: it was read again and applied
 * - `discarded`: an operator has decided that nothing is missing, and said why
 */
export type LetterState = 'open' | 'healed' | 'redriven' | 'discarded';

export type LetterCounts = Record<LetterState, number>;

/** A record that could not be applied, kept with the reason. */
export interface Parked {
  readonly record: EventRecord;
  readonly reason: string;
}

/** Offsets that were deleted from a topic before they were read. */
export interface LostRange {
  readonly topic: string;
  readonly partition: number;
  readonly first: number;
  readonly last: number;
}

/** An open letter as it is read again. */
export interface OpenLetter extends Parked {
  readonly id: number;
}

/** What became of a letter that was read again. */
export interface Settled {
  readonly id: number;
  readonly state: 'open' | 'redriven';
  /** Why it still cannot be applied; null keeps the reason that it was parked for. */
  readonly reason: string | null;
  /** Who had it read again. */
  readonly by: string;
}

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
    kind          TEXT,           -- the aggregate's, 'order' or 'product'; null: not known
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

/** Of the letter's aggregate; null when none was applied or the aggregate is not known. */
const appliedVersion = `CASE kind
  WHEN 'order' THEN (SELECT s.version FROM order_state AS s WHERE s.order_id = subject)
  WHEN 'product' THEN (SELECT s.version FROM product_state AS s WHERE s.product_id = subject) END`;

/**
 * Parks records. One that is read again and parked again keeps its row and state, except that a
 * redriven one is open again: the code that understood it is gone. Another record at the same place
 * takes the place over: the topic was created anew.
 */
export function insertDeadLetters(
  parked: readonly (Parked & { readonly identity: LetterIdentity })[],
): Statement {
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
    rows: parked.map(({ record, reason, identity }) => [
      record.topic,
      record.partition,
      record.offset,
      record.key,
      textOf(record.headers),
      record.value?.toString('base64') ?? null,
      reason,
      identity.eventId,
      identity.kind,
      identity.subject,
      identity.version,
    ]),
  };
}

/** Parks what nobody has read and nobody can read any more: only comparing tells what it changed. */
export function insertLostRanges(lost: readonly LostRange[]): Statement {
  return {
    sql: `INSERT INTO dead_letter (topic, partition, record_offset, lost_to, headers, reason)
          SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, '{}', value ->> 4
          FROM jsonb_each(?) WHERE true
          ON CONFLICT DO NOTHING`,
    rows: lost.map(({ topic, partition, first, last }) => [
      topic,
      partition,
      first,
      last,
      `offsets ${first} to ${last} were deleted from the topic before they were read: ` +
        'run `npm run reconcile`, repair what differs, then discard this',
    ]),
  };
}

/**
 * Closes what is made good by the versions that are applied now. An event carries its aggregate's full
 * state, so any version that is not older says all that the letter meant to say.
 */
export const healByVersion = `
  UPDATE dead_letter SET state = 'healed', settled_at = ${now},
    settled_by = kind || ':' || subject || ' at version ' || ${appliedVersion}
  WHERE state = 'open' AND version <= ${appliedVersion}`;

/** An event that was read, as far as it can make a letter good that does not tell its version. */
export interface Healing {
  readonly record: EventRecord;
  /** It was newer than what was known of its aggregate. */
  readonly newer: boolean;
}

/**
 * Closes letters that do not tell their version or aggregate: by the same event, read at last; or by an
 * event that was newer than what was known, later in the aggregate's partition than the letter.
 */
export function healByRecord(read: readonly Healing[]): Statement {
  return {
    sql: `UPDATE dead_letter SET state = 'healed', settled_at = ${now}, settled_by = (
            SELECT event.value ->> 0 || '/' || (event.value ->> 1) || '@' || (event.value ->> 2)
            FROM jsonb_each(?) AS event WHERE ${sameOrLater} LIMIT 1)
          WHERE state = 'open' AND (version IS NULL OR subject IS NULL) AND EXISTS (
            SELECT 1 FROM jsonb_each(?) AS event WHERE ${sameOrLater})`,
    rows: read.map(({ record, newer }) => [
      record.topic,
      record.partition,
      record.offset,
      record.headers.id?.toString() ?? null,
      newer ? Number(record.key) : null,
    ]),
  };
}

const sameOrLater = `
  event.value ->> 3 = event_id
  OR (event.value ->> 0 = topic AND event.value ->> 1 = partition
      AND (event.value ->> 2 = record_offset
           OR (event.value ->> 2 > record_offset AND event.value ->> 4 = subject)))`;

/** Writes what became of letters that were read again. */
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

/** Closes one by an operator's word. */
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

/** How many letters there are of each state. */
export async function countDeadLetters(reader: Reader): Promise<LetterCounts> {
  const rows = await reader.all<{ state: LetterState; count: number }>(
    'SELECT state, count(*) AS count FROM dead_letter GROUP BY state',
  );
  const counts = Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  return { open: 0, healed: 0, redriven: 0, discarded: 0, ...counts };
}

/** A header is bytes, several of them, or a name without a value. */
function textOf(headers: EventRecord['headers']): string {
  const texts = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(String) : (value?.toString() ?? null),
  ]);
  return JSON.stringify(Object.fromEntries(texts));
}
