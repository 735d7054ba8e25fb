import { pause } from 'service-kit/pauses';
import type { RowsWrite, Statement } from '../sql';

/**
 * SQL that runs these statements one after another, each with its rows. Statements without rows are left out.
 *
 * @param statements a text is a statement that takes no rows
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

/**
 * As `scriptOf`, but with requests answered in between: for thousands of events it takes tens of milliseconds.
 *
 * @param statements may be made one by one
 */
export async function scriptInPieces(statements: Iterable<Statement | string>): Promise<string> {
  const scripts: string[] = [];
  for (const statement of statements) {
    await pause();
    const script = scriptOf([statement]);
    if (script !== '') scripts.push(script);
    await pause();
  }
  return scripts.join(';\n');
}

/** The statement of a write that both engines understand. */
export function statementOf({ columns, sql, rows }: RowsWrite): Statement {
  const values = Object.keys(columns).map((column, i) => `row.value ->> ${i} AS ${column}`);
  return { sql: sql(`(SELECT ${values.join(', ')} FROM jsonb_each(?) AS row) AS given`), rows };
}

/** The rows as an SQL text literal: quotes are doubled, and JSON contains no NUL, which would end it. */
const quoted = (rows: readonly unknown[]): string => `'${jsonOf(rows).replaceAll("'", "''")}'`;

/** Writes bigints as JSON integers, which `JSON.stringify` refuses to do. */
function jsonOf(rows: readonly unknown[]): string {
  if (!rows.some((row) => Array.isArray(row) && row.some((value) => typeof value === 'bigint'))) {
    return JSON.stringify(rows);
  }
  const valueOf = (value: unknown): string =>
    typeof value === 'bigint' ? String(value) : JSON.stringify(value);
  return `[${(rows as unknown[][]).map((row) => `[${row.map(valueOf).join(',')}]`).join(',')}]`;
}
