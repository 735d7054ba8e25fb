import type { Sql } from 'service-kit/sql';

/** The tables that every step reads or writes beside those of its source: each node has a copy. */
const copied: readonly string[] = ['origin', 'dead_letter'];

/**
 * Distributes the tables of a schema by Citus: the rows of a source are on one node, and
 * so is a step, which is of one source. What only operators' commands and reports of positions write stays on the coordinator.
 *
 * @param sql in the transaction that has created the tables
 */
export async function distributeTables(sql: Sql, schema: string): Promise<void> {
  const tables = await sql<{ name: string }>({
    name: 'tables-by-source',
    text: `SELECT relname AS name FROM pg_class
           WHERE relnamespace = $1::regnamespace AND relkind = 'r' AND relname LIKE '%\\_by\\_source' ORDER BY 1`,
    values: [schema],
  });
  const distribute = (table: string, beside: string): Promise<unknown> =>
    sql({
      name: 'distribute-table',
      text: `SELECT create_distributed_table($1::text::regclass, 'source', colocate_with => $2)`,
      values: [table, beside],
    });
  await distribute('progress', 'default');
  for (const { name } of tables) await distribute(name, 'progress');
  for (const table of copied) {
    await sql({
      name: 'copy-table',
      text: 'SELECT create_reference_table($1::text::regclass)',
      values: [table],
    });
  }
}

/** Whether somebody has made the database one of Citus. */
export async function hasCitus(sql: Sql): Promise<boolean> {
  const found = await sql({
    name: 'find-citus',
    text: `SELECT FROM pg_extension WHERE extname = 'citus'`,
  });
  return found.length > 0;
}
