import type { DataSource } from 'typeorm';
import type { Rights } from './slice';
import { slices } from './slices';

interface Role {
  readonly name: string;
  readonly password: string;
  /** How many connections the role may have at once. */
  readonly connections: number;
}

/**
 * The role gets only the rights that commands need, so whoever takes over the service cannot rewrite the past.
 * Readiness checks the same rights.
 */
export const tableRights: Readonly<Record<string, Rights>> = {
  migrations: { table: ['SELECT'] },
  source: { table: ['SELECT'] },
  outbox_topics: { table: ['SELECT'] },
  event_types: { table: ['SELECT'] },
  accepted_history: { table: ['SELECT'] },
  ...Object.fromEntries(Object.values(slices).flatMap((slice) => Object.entries(slice.rights))),
  outbox: { table: ['SELECT', 'INSERT'] },
  idempotency_keys: { table: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] },
};

const rights = [
  'USAGE ON SCHEMA public',
  ...Object.entries(tableRights).flatMap(([name, { table, inserts = [], changes = [] }]) => [
    `${table.join(', ')} ON ${name}`,
    ...(inserts.length > 0 ? [`INSERT (${inserts.join(', ')}) ON ${name}`] : []),
    ...(changes.length > 0 ? [`UPDATE (${changes.join(', ')}) ON ${name}`] : []),
  ]),
  'EXECUTE ON FUNCTION reemit_event(uuid), present_history()',
];

/** The kinds of objects on which somebody may have given the role more rights. */
const places = [
  ...['TABLES', 'SEQUENCES', 'ROUTINES'].map((kind) => `ALL ${kind} IN SCHEMA public`),
  'SCHEMA public',
];

/**
 * Creates the role that the service runs as, or gives it this password and exactly these rights, and no settings of its
 * own: a role may give itself some, such as `synchronous_commit = off`. Takes from everybody the right to make temporary
 * tables, which PostgreSQL gives.
 *
 * @param dataSource connected as the migration role
 */
export async function grantServiceRole(dataSource: DataSource, role: Role): Promise<void> {
  await dataSource.transaction(async (manager) => {
    // DDL takes no parameters: the server quotes.
    const [quoted] = await manager.query<
      {
        name: string;
        password: string;
        database: string;
        attributes: string | null;
        groups: string[];
        resets: string[];
      }[]
    >(
      `SELECT quote_ident($1::text)   AS name,
              quote_literal($2::text) AS password,
              quote_ident(current_database()) AS database,
              (SELECT concat_ws(' ',
                        CASE WHEN rolsuper THEN 'NOSUPERUSER' END, CASE WHEN rolcreatedb THEN 'NOCREATEDB' END,
                        CASE WHEN rolcreaterole THEN 'NOCREATEROLE' END, CASE WHEN rolbypassrls THEN 'NOBYPASSRLS' END,
                        CASE WHEN rolreplication THEN 'NOREPLICATION' END)
               FROM pg_roles WHERE rolname = $1::text) AS attributes,
              ARRAY(SELECT roleid::regrole::text FROM pg_auth_members
                    WHERE member = to_regrole(quote_ident($1::text))) AS groups,
              ARRAY(SELECT format('ALTER ROLE %I %s RESET ALL', $1::text,
                                  'IN DATABASE ' || quote_ident(datname))
                    FROM pg_db_role_setting LEFT JOIN pg_database ON pg_database.oid = setdatabase
                    WHERE setrole = to_regrole(quote_ident($1::text))) AS resets`,
      [role.name, role.password],
    );
    if (quoted === undefined) throw new Error('PostgreSQL quoted nothing');
    const { name, password, database, attributes, groups, resets } = quoted;
    if (attributes === null) await manager.query(`CREATE ROLE ${name}`);
    await manager
      .query(
        // Only what is not so yet: who is no superuser may not even say NOSUPERUSER.
        `ALTER ROLE ${name} LOGIN ${attributes ?? ''} CONNECTION LIMIT ${role.connections} PASSWORD ${password}`,
      )
      .catch((error: unknown) => {
        // The driver's error carries the statement, and with it the password: that comes into no log.
        throw new Error(`ALTER ROLE ${name}: ${(error as Error).message}`);
      });
    for (const reset of resets) await manager.query(reset);
    for (const group of groups) await manager.query(`REVOKE ${group} FROM ${name}`);
    for (const place of [...places, `DATABASE ${database}`]) {
      await manager.query(`REVOKE ALL ON ${place} FROM ${name}`);
    }
    await manager.query(`REVOKE TEMPORARY ON DATABASE ${database} FROM PUBLIC`);
    for (const right of [`CONNECT ON DATABASE ${database}`, ...rights]) {
      await manager.query(`GRANT ${right} TO ${name}`);
    }
  });
}
