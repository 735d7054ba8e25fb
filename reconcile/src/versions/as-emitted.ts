import { aggregates, type AggregateType } from 'contracts/aggregates';
import type { PostgresSnapshot } from '../snapshots/postgres-snapshot';
import { contentOfEvent } from './content-sql';
import type { State } from './state';

/**
 * The query service has these aggregates at PostgreSQL's version with another content. Which of them does their event
 * show as PostgreSQL does? Then not the row was changed, but what the query service holds.
 *
 * An event that was purged says nothing: a changed row is far more likely than a changed file.
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
