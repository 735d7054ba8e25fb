import type { Sql } from 'service-kit/sql';

/** An event as the relay wrote it to Kafka. */
export interface RelayedEvent {
  readonly id: string;
  readonly sourceId: string;
}

/**
 * Deletes the rows of events that stand in Kafka, except those that are younger by PostgreSQL's clock.
 *
 * @param events read back from this topic, read-committed
 * @returns how many rows were deleted
 * @throws when nobody reads the slot (debezium/sql/3-purge-outbox.sql)
 */
export async function deleteRows(
  sql: Sql,
  topic: string,
  events: readonly RelayedEvent[],
  retentionMs: number,
): Promise<number> {
  const [row] = await sql<{ purged: number }>({
    name: 'purge-outbox',
    text: `SELECT purge_outbox($1, $2, $3, make_interval(secs => $4)) AS purged`,
    values: [
      topic,
      events.map(({ id }) => id),
      events.map(({ sourceId }) => sourceId),
      retentionMs / 1_000,
    ],
  });
  return row?.purged ?? 0;
}

interface OutboxSize {
  /** PostgreSQL's estimate; null while it has none for a table that has rows. */
  readonly rows: number | null;
  /** When the oldest event was written, roughly (see below); null when there is none. */
  readonly oldest: Date | null;
}

/**
 * Reads the size cheaply, however large the outbox is. Ids are UUIDv7, so the oldest rows are first in the primary key
 * as far as the services' clocks agree: the result is the earliest of the first hundred.
 */
export async function outboxSize(sql: Sql): Promise<OutboxSize> {
  const [size] = await sql<OutboxSize>({
    name: 'measure-outbox',
    text: `SELECT coalesce(nullif(pg_stat_get_live_tuples(oid), 0), greatest(reltuples, 0))::float8 AS rows,
                  (SELECT min(occurredat) FROM (
                     SELECT occurredat FROM public.outbox ORDER BY id LIMIT 100
                   ) AS first) AS oldest
           FROM pg_class WHERE oid = 'public.outbox'::regclass`,
  });
  if (size?.oldest == null) return { rows: 0, oldest: null };
  return { ...size, rows: size.rows || null };
}

/** A row that should have been purged by now. */
export interface OverdueRow {
  readonly kind: string;
  readonly id: string;
  readonly version: number;
}

/**
 * Rows that were written before, by both the service's clock (in their id) and PostgreSQL's. The oldest first.
 *
 * @param limit more are not looked for
 */
export function rowsBefore(sql: Sql, before: Date, limit: number): Promise<OverdueRow[]> {
  return sql({
    name: 'find-overdue-rows',
    text: `SELECT aggregatetype AS kind, aggregateid AS id, aggregateversion AS version
           FROM public.outbox WHERE id < $1 AND occurredat < $2 ORDER BY id LIMIT $3`,
    values: [firstIdOf(before), before, limit],
  });
}

/** The lowest UUIDv7 of a millisecond: its first 48 bits are the time. */
export function firstIdOf(time: Date): string {
  const hex = Math.max(0, time.getTime()).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
