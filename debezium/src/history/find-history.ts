import { type History, historyJson } from 'contracts/history';
import type { Sql } from 'service-kit/sql';
import { type Lsn, parseLsn } from './judge';

/** Of a server that takes writes. */
export interface FoundHistory {
  readonly present: History;
  /** null: none is. */
  readonly accepted: History | null;
  /** Up to where it has written. */
  readonly end: Lsn;
  /** When it started, as PostgreSQL's clock says. */
  readonly startedAt: string;
}

/** @returns `standby`: it takes no writes, and may be behind */
export async function findHistory(sql: Sql): Promise<FoundHistory | 'standby'> {
  const [found] = await sql<{
    present: History | null;
    accepted: History | null;
    end: string;
    startedAt: string;
  }>({
    name: 'find-history',
    text: `SELECT CASE WHEN NOT pg_is_in_recovery() THEN (SELECT ${historyJson} FROM present_history()) END AS present,
                  (SELECT ${historyJson} FROM accepted_history) AS accepted,
                  CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_insert_lsn() END AS end,
                  pg_postmaster_start_time()::text AS "startedAt"`,
  });
  if (found === undefined) throw new Error('PostgreSQL does not tell its history');
  const { present, accepted, end, startedAt } = found;
  if (present === null) return 'standby';
  return { present, accepted, end: parseLsn(end), startedAt };
}

/** Lets the outbox take rows in this history, which was judged. @throws when there is another one meanwhile */
export async function acceptHistory(
  sql: Sql,
  { system, timeline, outbox }: History,
  why: string,
  skippedIds: number,
): Promise<void> {
  await sql({
    name: 'accept-history',
    text: 'SELECT accept_history($1, $2, $3, $4, $5)',
    values: [system, timeline, outbox, why, skippedIds],
  });
}

/** Lets the outbox take no more rows, until a history begins anew. */
export async function refuseHistory(sql: Sql): Promise<void> {
  await sql({ name: 'refuse-history', text: 'SELECT refuse_history()' });
}
