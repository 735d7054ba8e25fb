import type { Login } from 'service-kit/postgres';
import { query } from '../../src/query';

/**
 * Everything that a role may do in this database and its own, by whichever way it came to it: granted to it, to a
 * role that it is in, or to everybody; owned. One text for each, such as `INSERT ON orders`; what a table's
 * privilege covers is not said of its columns again. System catalogs and their functions are left out.
 *
 * @param login of a role that may see all of that: the database's owner
 */
export async function privilegesOf(login: Login, role: string): Promise<string[]> {
  const rows = await query<{ privilege: string }>(login, everything, [role]);
  return rows.map(({ privilege }) => privilege);
}

const everything = `
  WITH role AS (SELECT * FROM pg_roles WHERE rolname = $1),
  ours AS (
    SELECT oid, nspname FROM pg_namespace
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
  ),
  relations AS (
    SELECT c.oid, c.relkind, c.relowner,
           CASE nspname WHEN 'public' THEN '' ELSE nspname || '.' END || relname AS name
    FROM pg_class c JOIN ours ON ours.oid = relnamespace
  ),
  on_tables AS (
    SELECT t.oid, t.name, p AS privilege, has_table_privilege($1, t.oid, p) AS granted
    FROM relations t,
         unnest(
           ARRAY['SELECT','INSERT','UPDATE','DELETE','TRUNCATE','REFERENCES','TRIGGER']
           || CASE WHEN current_setting('server_version_num')::int >= 170000 THEN ARRAY['MAINTAIN'] END
         ) AS p
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
  ),
  found (privilege) AS (
    SELECT unnest(ARRAY[
      CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolcreatedb THEN 'CREATEDB' END,
      CASE WHEN rolcreaterole THEN 'CREATEROLE' END, CASE WHEN rolreplication THEN 'REPLICATION' END,
      CASE WHEN rolbypassrls THEN 'BYPASSRLS' END, CASE WHEN rolcanlogin THEN 'LOGIN' END
    ]) FROM role
    UNION ALL
    SELECT 'member of ' || roleid::regrole FROM pg_auth_members JOIN role ON member = role.oid
    UNION ALL
    SELECT p || ' ON this database' FROM unnest(ARRAY['CONNECT', 'CREATE', 'TEMPORARY']) AS p
    WHERE has_database_privilege($1, current_database(), p)
    UNION ALL
    SELECT p || ' ON SCHEMA ' || nspname FROM ours, unnest(ARRAY['USAGE', 'CREATE']) AS p
    WHERE has_schema_privilege($1, oid, p)
    UNION ALL
    SELECT privilege || ' ON ' || name FROM on_tables WHERE granted
    UNION ALL
    SELECT p || ' (' || attname || ') ON ' || t.name
    FROM relations t
    JOIN pg_attribute ON attrelid = t.oid AND attnum > 0 AND NOT attisdropped,
    unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) AS p
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND has_column_privilege($1, t.oid, attname, p)
      AND NOT EXISTS (SELECT FROM on_tables o WHERE o.oid = t.oid AND o.privilege = p AND granted)
    UNION ALL
    SELECT p || ' ON SEQUENCE ' || name FROM relations, unnest(ARRAY['USAGE', 'SELECT', 'UPDATE']) AS p
    WHERE relkind = 'S' AND has_sequence_privilege($1, oid, p)
    UNION ALL
    SELECT 'EXECUTE ON ' || p.oid::regprocedure FROM pg_proc p JOIN ours ON ours.oid = pronamespace
    WHERE has_function_privilege($1, p.oid, 'EXECUTE')
    UNION ALL
    SELECT 'owner of ' || name FROM relations JOIN role ON relowner = role.oid
    UNION ALL
    SELECT 'owner of ' || p.oid::regprocedure FROM pg_proc p JOIN role ON proowner = role.oid
    UNION ALL
    SELECT 'by default ' || acl.privilege_type || ' ON ' || defaclobjtype::text
    FROM pg_default_acl, aclexplode(defaclacl) AS acl
    WHERE acl.grantee IN (0, (SELECT oid FROM role))
  )
  SELECT privilege FROM found WHERE privilege IS NOT NULL ORDER BY privilege COLLATE "C"
`;
