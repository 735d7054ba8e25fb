import { aggregateTypes } from 'contracts/aggregates';
import type { Sql } from 'service-kit/sql';
import type { Healing } from '../../model/dead-letter';
import { settleDeadLetters } from '../dead-letters';
import { columnsAsArrays, unnest, writeRows } from './arrays';

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

/** Excludes records of another database: our versions cannot heal them. */
const ofThisDatabase = `coalesce(dead_letter.source_id = (SELECT source_id FROM origin), true)`;

/** @see Own */
export const own = { source_id: 'text' } as const;

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
  writeRows(
    sql,
    settleDeadLetters(healed.map(({ id, by }) => ({ id, by, state: 'healed', reason: null }))),
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
