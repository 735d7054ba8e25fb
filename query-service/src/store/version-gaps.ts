import type { AggregateType } from 'contracts/topics';
import type { GapChanges, VersionGap } from '../apply/gaps';
import { recordName } from '../apply/event';
import type { Reader, Statement } from '../views/view';

/** Versions that were jumped over: a row per unbroken run of them. */
export const versionGapSchema = `
  CREATE TABLE version_gap (
    kind          TEXT NOT NULL,     -- the aggregate's
    subject       INTEGER NOT NULL,  -- the aggregate's id
    first_version INTEGER NOT NULL,
    last_version  INTEGER NOT NULL,
    topic         TEXT NOT NULL,     -- the record that jumped
    partition     INTEGER NOT NULL,
    record_offset INTEGER NOT NULL,
    found_at      TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
    closed_at     TEXT,
    closed_by     TEXT,              -- the record that closed it
    PRIMARY KEY (kind, subject, first_version)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX version_gap_open ON version_gap (kind, subject) WHERE closed_at IS NULL;
`;

interface Row {
  kind: AggregateType;
  subject: number;
  first: number;
  last: number;
  topic: string;
  partition: number;
  offset: number;
  foundAt: string;
  closedAt: string | null;
  closedBy: string | null;
}

const columns = `kind, subject, first_version AS "first", last_version AS "last", topic, partition,
  record_offset AS "offset", found_at AS foundAt, closed_at AS closedAt, closed_by AS closedBy`;

/** The open gaps of these aggregates. */
export async function openGapsOf(
  reader: Reader,
  kind: AggregateType,
  ids: readonly number[],
): Promise<VersionGap[]> {
  const rows = await reader.all<Row>(
    `SELECT ${columns} FROM version_gap
     WHERE closed_at IS NULL AND kind = ? AND subject IN (SELECT value FROM json_each(?))`,
    kind,
    JSON.stringify(ids),
  );
  return rows.map(({ kind, subject, first, last, topic, partition, offset }) => ({
    kind,
    id: subject,
    first,
    last,
    record: { topic, partition, offset },
  }));
}

export async function countOpenGaps(reader: Reader): Promise<number> {
  const [row] = await reader.all<{ open: number }>(
    'SELECT count(*) AS open FROM version_gap WHERE closed_at IS NULL',
  );
  return row?.open ?? 0;
}

/** A gap as the operator sees it. */
export interface GapSummary {
  readonly aggregate: string;
  readonly firstMissing: number;
  readonly lastMissing: number;
  /** The record that jumped over them. */
  readonly record: string;
  readonly foundAt: string;
  readonly closedAt: string | null;
  readonly closedBy: string | null;
  /** What closes it. */
  readonly repair: string | null;
}

/** Gaps, the newest first. */
export async function listGaps(reader: Reader, all: boolean, limit: number): Promise<GapSummary[]> {
  const rows = await reader.all<Row>(
    `SELECT ${columns} FROM version_gap ${all ? '' : 'WHERE closed_at IS NULL'}
     ORDER BY found_at DESC, kind, subject, first_version LIMIT ?`,
    limit,
  );
  return rows.map((row) => ({
    aggregate: `${row.kind}:${row.subject}`,
    firstMissing: row.first,
    lastMissing: row.last,
    record: recordName(row),
    foundAt: row.foundAt,
    closedAt: row.closedAt,
    closedBy: row.closedBy,
    repair: row.closedAt === null ? `npm run reemit -- ${row.kind}:${row.subject}` : null,
  }));
}

/** Since when gaps are known, and what closed them, as another file of the same history has it. */
export async function carriedGaps(reader: Reader): Promise<Statement> {
  const rows = await reader.all<Row>(`SELECT ${columns} FROM version_gap`);
  return {
    sql: `UPDATE version_gap SET found_at = gap.value ->> 3,
            closed_at = CASE WHEN closed_at IS NULL THEN NULL ELSE coalesce(gap.value ->> 4, closed_at) END,
            closed_by = CASE WHEN closed_at IS NULL THEN NULL ELSE coalesce(gap.value ->> 5, closed_by) END
          FROM jsonb_each(?) AS gap
          WHERE kind = gap.value ->> 0 AND subject = gap.value ->> 1
            AND first_version = gap.value ->> 2`,
    rows: rows.map(({ kind, subject, first, foundAt, closedAt, closedBy }) => [
      kind,
      subject,
      first,
      foundAt,
      closedAt,
      closedBy,
    ]),
  };
}

/** What a batch finds and closes. */
export function writeGaps({ found, narrowed, closed }: GapChanges): Statement[] {
  const key = ({ kind, id, first }: VersionGap) => [kind, id, first];
  return [
    {
      sql: `DELETE FROM version_gap WHERE (kind, subject, first_version) IN (
              SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each(?))`,
      rows: narrowed.map(key),
    },
    {
      sql: `INSERT INTO version_gap
              (kind, subject, first_version, last_version, topic, partition, record_offset)
            SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
                   value ->> 6
            FROM jsonb_each(?) WHERE true
            ON CONFLICT DO UPDATE SET last_version = excluded.last_version, topic = excluded.topic,
              partition = excluded.partition, record_offset = excluded.record_offset,
              closed_at = NULL, closed_by = NULL`,
      rows: found.map((gap) => [
        ...key(gap),
        gap.last,
        gap.record.topic,
        gap.record.partition,
        gap.record.offset,
      ]),
    },
    {
      sql: `UPDATE version_gap SET closed_at = strftime('%Y-%m-%dT%H:%M:%fZ'),
              closed_by = gap.value ->> 3
            FROM jsonb_each(?) AS gap
            WHERE kind = gap.value ->> 0 AND subject = gap.value ->> 1
              AND first_version = gap.value ->> 2`,
      rows: closed.map(({ gap, by }) => [...key(gap), recordName(by)]),
    },
  ];
}
