import type { Statement } from '../sql';

/**
 * SQL that runs these statements one after another, each with its rows; one without rows is left out.
 *
 * @param statements a text is one that takes no rows
 */
export function scriptOf(statements: readonly (Statement | string)[]): string {
  return statements
    .filter((statement) => typeof statement === 'string' || statement.rows.length > 0)
    .map((statement) =>
      typeof statement === 'string'
        ? statement
        : statement.sql.replaceAll('?', () => quoted(statement.rows)),
    )
    .join(';\n');
}

/** As a text of SQL: a quote in it is written twice, and JSON has no character that would end it. */
const quoted = (rows: readonly unknown[]): string => `'${jsonOf(rows).replaceAll("'", "''")}'`;

/** JSON has integers of any size; `JSON.stringify` refuses those that are not numbers. */
function jsonOf(rows: readonly unknown[]): string {
  if (!rows.some((row) => Array.isArray(row) && row.some((value) => typeof value === 'bigint'))) {
    return JSON.stringify(rows);
  }
  const valueOf = (value: unknown): string =>
    typeof value === 'bigint' ? String(value) : JSON.stringify(value);
  return `[${(rows as unknown[][]).map((row) => `[${row.map(valueOf).join(',')}]`).join(',')}]`;
}
