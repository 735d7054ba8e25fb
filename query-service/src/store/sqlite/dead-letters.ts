import type { Healing } from '../../model/dead-letter';
import type { Statement } from '../sql';
import { appliedVersion } from './applied-version';

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

/** Excludes records of another database: our versions cannot heal them. */
const ofThisDatabase = `coalesce(headers ->> 'sourceId' = (SELECT source_id FROM origin), true)`;

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
