import { aggregates, type AggregateType } from 'contracts/aggregates';
import type { PostgresSnapshot } from '../snapshots/postgres-snapshot';
import { contentOfEvent } from './content-sql';
import type { State } from './state';

/**
 * Finds out which of these aggregates have an event with PostgreSQL's content. The query service has all of them at
 * PostgreSQL's version with another content: where the event agrees with PostgreSQL, the query service is wrong;
 * otherwise the row was changed by SQL.
 *
 * When the event was purged, the row counts as changed: that is far more likely than a changed file.
 *
 * @returns their ids
 */
export async function emittedAsTheyAre(
  postgres: PostgresSnapshot,
  kind: AggregateType,
  changed: readonly State[],
): Promise<ReadonlySet<number>> {
  if (changed.length === 0) return new Set();
  const { table } = aggregates[kind];
  const emitted = await postgres.all<Record<keyof State, string | null>>(
    `SELECT aggregateid AS id, aggregateversion AS version, payload ->> 'status' AS status,
            ${contentOfEvent(kind)} AS content
     FROM outbox JOIN ${table} ON ${table}.id::text = aggregateid AND version = aggregateversion
     WHERE aggregatetype = $1 AND aggregateid = ANY($2) AND sourceid = (SELECT source_id FROM source)`,
    [kind, changed.map(({ id }) => String(id))],
  );
  const textOf = ({ id, version, status, content }: Record<keyof State, unknown>): string =>
    JSON.stringify([Number(id), version, status, Number(content)]);
  const told = new Set(emitted.map(textOf));
  return new Set(changed.filter((row) => told.has(textOf(row))).map(({ id }) => id));
}
