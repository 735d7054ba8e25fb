import type { Statement } from '../views/view';

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
const quoted = (rows: readonly unknown[]): string =>
  `'${JSON.stringify(rows).replaceAll("'", "''")}'`;
