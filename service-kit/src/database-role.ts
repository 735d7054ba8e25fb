import type { Client } from 'pg';

/** A role of PostgreSQL, and all that it may do. */
export interface DatabaseRole {
  readonly name: string;
  readonly password: string;
  /** How many connections it may have at once. */
  readonly connections: number;
  /** As GRANT has them: `SELECT ON products`. */
  readonly rights: readonly string[];
  /** Left out: it may not. */
  readonly mayReplicate?: boolean;
  /** Whether its transactions only read, unless they say otherwise. */
  readonly readsOnly?: boolean;
}

/** Where nobody is a superuser, the provider's role that lets its members replicate. */
const replicators = 'rds_replication';

/** The kinds of objects on which somebody may have given the role more rights. */
const places = [
  ...['TABLES', 'SEQUENCES', 'ROUTINES'].map((kind) => `ALL ${kind} IN SCHEMA public`),
  'SCHEMA public',
];

interface Found {
  readonly name: string;
  readonly password: string;
  readonly database: string;
  readonly isThere: boolean;
  /** What it has and should not have. */
  readonly attributes: string;
  readonly canReplicate: boolean;
  readonly isAlterable: boolean;
  readonly hasReplicators: boolean;
  readonly groups: readonly string[];
  readonly resets: readonly string[];
}

/**
 * Creates a role that logs in, or gives it this password and exactly these rights, in this database, and no settings of its own: a role
 * may give itself some, such as `synchronous_commit = off`. Takes from everybody the right to make temporary tables, which PostgreSQL
 * gives.
 *
 * @param client of somebody who owns the database and may create roles, in a transaction
 * @throws when nobody has let it replicate, and this client may not: a sentence that says who has to do what
 */
export async function setUpRole(client: Client, role: DatabaseRole): Promise<void> {
  const { connections, rights, mayReplicate = false } = role;
  // DDL takes no parameters: the server quotes. Only what is not so yet is taken: who is no superuser may not even say NOSUPERUSER.
  // Before version 16 only a superuser alters a role that may replicate, even its password: it stays as somebody has made it.
  const { rows } = await client.query<Found>(
    `SELECT quote_ident($1::text) AS name,
            quote_literal($2::text) AS password,
            quote_ident(current_database()) AS database,
            role.oid IS NOT NULL AS "isThere",
            concat_ws(' ',
              CASE WHEN rolsuper THEN 'NOSUPERUSER' END, CASE WHEN rolcreatedb THEN 'NOCREATEDB' END,
              CASE WHEN rolcreaterole THEN 'NOCREATEROLE' END, CASE WHEN rolbypassrls THEN 'NOBYPASSRLS' END,
              CASE WHEN rolreplication AND NOT $3::bool THEN 'NOREPLICATION' END) AS attributes,
            coalesce(rolreplication, false) AS "canReplicate",
            NOT $3::bool OR NOT coalesce(rolreplication, false) OR current_setting('server_version_num')::int >= 160000
              OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS "isAlterable",
            to_regrole($4::text) IS NOT NULL AS "hasReplicators",
            ARRAY(SELECT roleid::regrole::text FROM pg_auth_members
                  WHERE member = role.oid AND NOT ($3::bool AND roleid IS NOT DISTINCT FROM to_regrole($4::text)::oid)) AS groups,
            ARRAY(SELECT format('ALTER ROLE %I %s RESET ALL', $1::text, 'IN DATABASE ' || quote_ident(datname))
                  FROM pg_db_role_setting LEFT JOIN pg_database ON pg_database.oid = setdatabase
                  WHERE setrole = role.oid) AS resets
     FROM (SELECT) AS one LEFT JOIN pg_roles AS role ON rolname = $1::text`,
    [role.name, role.password, mayReplicate, replicators],
  );
  const [found] = rows;
  if (found === undefined) throw new Error('PostgreSQL quoted nothing');
  const { name, password, database, attributes } = found;
  if (!found.isThere) await client.query(`CREATE ROLE ${name}`);
  if (found.isAlterable) {
    await client
      .query(
        `ALTER ROLE ${name} LOGIN ${attributes} CONNECTION LIMIT ${connections} PASSWORD ${password}`,
      )
      .catch((error: unknown) => {
        throw new Error(`ALTER ROLE ${name}: ${(error as Error).message}`);
      });
    if (mayReplicate && !found.canReplicate) await letReplicate(client, found);
    for (const reset of found.resets) await client.query(reset);
  }
  if (role.readsOnly === true) {
    await client.query(`ALTER ROLE ${name} SET default_transaction_read_only = on`);
  }
  for (const group of found.groups) await client.query(`REVOKE ${group} FROM ${name}`);
  for (const place of [...places, `DATABASE ${database}`]) {
    await client.query(`REVOKE ALL ON ${place} FROM ${name}`);
  }
  await client.query(`REVOKE TEMPORARY ON DATABASE ${database} FROM PUBLIC`);
  for (const right of [`CONNECT ON DATABASE ${database}`, 'USAGE ON SCHEMA public', ...rights]) {
    await client.query(`GRANT ${right} TO ${name}`);
  }
}

async function letReplicate(client: Client, { name, hasReplicators }: Found): Promise<void> {
  if (hasReplicators) await client.query(`GRANT ${replicators} TO ${name}`);
  else {
    await client.query(`ALTER ROLE ${name} REPLICATION`).catch((error: unknown) => {
      // insufficient_privilege
      if ((error as { code?: string }).code !== '42501') throw error;
      throw new Error(
        `${client.user} may not let the role ${name} replicate: let somebody who may do it, by ` +
          `ALTER ROLE ${name} REPLICATION, or as docs/managed.md says for your provider`,
      );
    });
  }
}
