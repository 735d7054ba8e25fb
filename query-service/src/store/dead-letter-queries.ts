import { recordName, type RecordPlace } from '../model/record';
import type { Reader } from './sql';
import type { DeadLetterState, OpenDeadLetter } from '../model/dead-letter';

/** A dead letter in a list. */
export interface DeadLetterSummary {
  /** `topic/partition@offset`. */
  readonly record: string;
  readonly state: DeadLetterState;
  /** `order:17`; null when the record does not say it. */
  readonly aggregate: string | null;
  readonly version: number | null;
  readonly reason: string;
  readonly parkedAt: string;
  readonly settledAt: string | null;
  readonly settledBy: string | null;
  readonly settledWhy: string | null;
}

/** A dead letter with everything that is known of its record. */
export interface DeadLetter extends DeadLetterSummary {
  readonly id: number;
  readonly key: string | null;
  readonly headers: Record<string, unknown>;
  /** As UTF-8 text; bytes that are no UTF-8 show as U+FFFD. */
  readonly value: string | null;
  readonly valueBase64: string | null;
}

interface SummaryRow extends RecordPlace, Omit<DeadLetterSummary, 'record' | 'aggregate'> {
  id: number;
  kind: string | null;
  subject: number | null;
}

interface Row extends SummaryRow {
  key: string | null;
  headers: string;
  value: string | null;
}

const summaryColumns = `id, topic, partition, record_offset AS "offset", kind, subject, version, reason,
  parked_at AS "parkedAt", state, settled_at AS "settledAt", settled_by AS "settledBy",
  settled_why AS "settledWhy"`;
const columns = `${summaryColumns}, key, headers, value`;

/**
 * One page of dead letters, the newest first.
 *
 * @param before the `next` of the page before
 * @returns `next`: null on the last page
 */
export async function listDeadLetters(
  reader: Reader,
  { all, limit, before }: { all: boolean; limit: number; before: number | null },
): Promise<{ deadLetters: DeadLetterSummary[]; next: number | null }> {
  const rows = await reader.all<SummaryRow>(
    `SELECT ${summaryColumns} FROM dead_letter
     WHERE id < CAST($1 AS BIGINT) ${all ? '' : "AND state = 'open'"}
     ORDER BY id DESC LIMIT $2`,
    String(before ?? Number.MAX_SAFE_INTEGER),
    limit + 1,
  );
  const page = rows.slice(0, limit);
  return {
    deadLetters: page.map(summary),
    next: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
  };
}

/** One dead letter, by the place of its record; undefined when nothing was parked there. */
export async function findDeadLetter(
  reader: Reader,
  topic: string,
  partition: number,
  offset: number,
): Promise<DeadLetter | undefined> {
  const [row] = await reader.all<Row>(
    `SELECT ${columns} FROM dead_letter
     WHERE topic = $1 AND partition = CAST($2 AS BIGINT) AND record_offset = CAST($3 AS BIGINT)`,
    topic,
    String(partition),
    String(offset),
  );
  if (row === undefined) return undefined;
  return {
    id: row.id,
    ...summary(row),
    key: row.key,
    headers: JSON.parse(row.headers) as Record<string, unknown>,
    value: row.value === null ? null : Buffer.from(row.value, 'base64').toString(),
    valueBase64: row.value,
  };
}

/** Open dead letters with a record that can be read again, the oldest first, after the id `after`. */
export async function openDeadLetters(
  reader: Reader,
  after: number,
  limit: number,
): Promise<OpenDeadLetter[]> {
  const rows = await reader.all<Row>(
    `SELECT ${columns} FROM dead_letter
     WHERE state = 'open' AND lost_to IS NULL AND id > CAST($1 AS BIGINT) ORDER BY id LIMIT $2`,
    String(after),
    limit,
  );
  return rows.map((row) => ({
    id: row.id,
    reason: row.reason,
    record: {
      topic: row.topic,
      partition: row.partition,
      offset: row.offset,
      key: row.key,
      headers: JSON.parse(row.headers) as OpenDeadLetter['record']['headers'],
      value: row.value === null ? null : Buffer.from(row.value, 'base64'),
    },
  }));
}

function summary(row: SummaryRow): DeadLetterSummary {
  return {
    record: recordName(row),
    state: row.state,
    aggregate: row.kind === null || row.subject === null ? null : `${row.kind}:${row.subject}`,
    version: row.version,
    reason: row.reason,
    parkedAt: row.parkedAt,
    settledAt: row.settledAt,
    settledBy: row.settledBy,
    settledWhy: row.settledWhy,
  };
}
