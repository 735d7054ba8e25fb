import type { DataSource } from 'typeorm';

export interface Role {
  readonly name: string;
  readonly password: string;
}

/** Only what the commands need: who takes over the service cannot rewrite what happened. */
const rights = [
  'SELECT ON migrations, source',
  'SELECT, INSERT ON products, orders, order_items, outbox',
  // Also what SELECT … FOR UPDATE asks for.
  'UPDATE (status, version, updated_at) ON orders',
  'SELECT, INSERT, UPDATE, DELETE ON idempotency_keys',
  'EXECUTE ON FUNCTION reemit_event(uuid)',
];

/**
 * Creates the role that the service runs as, or gives it this password and exactly these rights.
 *
 * @param dataSource connected as the migration role
 */
export async function grantServiceRole(dataSource: DataSource, role: Role): Promise<void> {
  await dataSource.transaction(async (manager) => {
    // DDL takes no parameters: the server quotes.
    const [quoted] = await manager.query<{ name: string; password: string; exists: boolean }[]>(
      `SELECT quote_ident($1::text)   AS name,
              quote_literal($2::text) AS password,
              EXISTS (SELECT FROM pg_roles WHERE rolname = $1::text) AS exists`,
      [role.name, role.password],
    );
    if (quoted === undefined) throw new Error('PostgreSQL quoted nothing');
    const { name, password, exists } = quoted;
    if (!exists) await manager.query(`CREATE ROLE ${name}`);
    await manager.query(
      `ALTER ROLE ${name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD ${password}`,
    );
    for (const kind of ['TABLES', 'FUNCTIONS']) {
      await manager.query(`REVOKE ALL ON ALL ${kind} IN SCHEMA public FROM ${name}`);
    }
    for (const right of rights) await manager.query(`GRANT ${right} TO ${name}`);
  });
}
