import { aggregates, type AggregateType, textMembers } from 'contracts/aggregates';
import type { IdRange } from 'contracts/snapshot';
import type { PostgresSnapshot } from '../snapshots/postgres-snapshot';
import type { Row } from '../snapshots/row';
import { contentOfRow } from './content-sql';

/**
 * Reads PostgreSQL's aggregates of a kind, ascending: the columns that `stateOf` reads, and then the texts of those
 * whose state is a row.
 *
 * @param ranges ascending; null: all
 */
export async function* stateRows(
  postgres: PostgresSnapshot,
  type: AggregateType,
  ranges: readonly IdRange[] | null,
): AsyncGenerator<Row[]> {
  const columns =
    type === 'order'
      ? ['id', 'version', 'status', contentOfRow(type)]
      : ['id', 'version', contentOfRow(type), ...textMembers(type)];
  const sql = `SELECT ${columns.join(', ')} FROM ${aggregates[type].table}`;
  for (const { from, to } of ranges ?? [{ from: 1, to: Number.MAX_SAFE_INTEGER }]) {
    yield* postgres.pages(`${sql} WHERE id BETWEEN $1 AND $2 ORDER BY id`, [from, to]);
  }
}
