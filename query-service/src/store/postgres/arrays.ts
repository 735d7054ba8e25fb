import type { Value } from '../table';

/** The types of columns that rows are sent in. */
export type ColumnType = 'bigint' | 'text';

/** `unnest($2::bigint[], $3::text[])`, from this parameter on. */
export const unnest = (types: readonly ColumnType[], from: number): string =>
  `unnest(${types.map((type, i) => `$${from + i}::${type}[]`).join(', ')})`;

/** The parameters of `unnest`: a column each. */
export const columnsAsArrays = (
  rows: readonly (readonly (Value | undefined)[])[],
  types: readonly ColumnType[],
): unknown[] =>
  types.map((type, i) => {
    const values = rows.map((row) => row[i] ?? null);
    // node-postgres would look at each value for what must be escaped: of numbers, nothing must.
    return type === 'bigint'
      ? `{${values.map((value) => value ?? 'NULL').join(',')}}`
      : values.map((value) => (typeof value === 'string' ? storable(value) : value));
  });

/** PostgreSQL's text has no NUL. What a record has in its place, nothing can be read by anyway. */
export const storable = (text: string): string => text.replaceAll('\0', '\uFFFD');
