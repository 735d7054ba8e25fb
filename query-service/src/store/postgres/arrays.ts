import type { Sql } from 'service-kit/sql';
import type { ColumnType, RowsWrite } from '../sql';
import type { Value } from '../table';

/** Runs a write that both engines understand. */
export async function writeRows(
  sql: Sql,
  { name, columns, sql: textOf, rows }: RowsWrite,
): Promise<void> {
  if (rows.length === 0) return;
  const types = Object.values(columns);
  await sql({
    name,
    text: textOf(`${unnest(types, 1)} AS given (${Object.keys(columns).join(', ')})`),
    values: columnsAsArrays(rows, types),
  });
}

/** SQL such as `unnest($2::bigint[], $3::text[])`, beginning with this parameter. */
export const unnest = (types: readonly ColumnType[], from: number): string =>
  `unnest(${types.map((type, i) => `$${from + i}::${type}[]`).join(', ')})`;

/**
 * The rest of a SELECT of rows from arrays, `$2` and so on, each with its source, `$1`, which has a row of progress. That row tells
 * Citus that the statement is of one node: without it, each step would be committed in two phases.
 */
export const rowsOfSource = (types: readonly ColumnType[]): string =>
  `progress.source, added.* FROM progress, ${unnest(types, 2)} AS added WHERE progress.source = $1`;

/** The parameters of `unnest`, one array per column. */
export const columnsAsArrays = (
  rows: readonly (readonly (Value | undefined)[])[],
  types: readonly ColumnType[],
): unknown[] =>
  types.map((type, i) => {
    const values = rows.map((row) => row[i] ?? null);
    // node-postgres would escape each value, which numbers do not need.
    return type === 'bigint'
      ? `{${values.map((value) => value ?? 'NULL').join(',')}}`
      : values.map((value) => (typeof value === 'string' ? storable(value) : value));
  });

/** Replaces NUL, which PostgreSQL's text cannot hold; no valid record contains one. */
export const storable = (text: string): string => text.replaceAll('\0', '\uFFFD');
