import { inspect } from 'node:util';
import { startTemporaryPostgres, type TemporaryPostgres } from '../../local/test/support/temporary';
import { ConfigurationError } from 'service-kit/environment';
import { readMigrationConfig } from '../src/config';
import { migrate } from '../src/migrate';
import { migrations } from '../src/migrations/all';
import { query } from 'local/query';
import { environment, serviceRole, silent } from './support/service';

let postgres: TemporaryPostgres;
beforeAll(async () => {
  postgres = await startTemporaryPostgres();
  const config = readMigrationConfig(environment(postgres));
  await Promise.all([migrate(config, silent), migrate(config, silent)]);
});
afterAll(() => postgres.stop());

const owner = <Row>(text: string) => query<Row>(postgres, text);
const service = (text: string, password = serviceRole.SERVICE_DB_PASSWORD) =>
  query({ ...postgres, user: serviceRole.SERVICE_DB_USER, password }, text);

describe('migrations', () => {
  test('two at once, on a fresh database, leave one source and each migration once', async () => {
    expect(await owner('SELECT FROM source')).toHaveLength(1);
    expect(
      await owner('SELECT name, count(*)::int FROM migrations GROUP BY name ORDER BY min(id)'),
    ).toEqual(migrations.map(({ name }) => ({ name, count: 1 })));
  });

  test('again are a no-op: same source, same tables, same rights', async () => {
    const snapshot = () =>
      owner(
        `SELECT (SELECT source_id FROM source) AS source,
                (SELECT json_agg(migrations) FROM migrations) AS migrations,
                (SELECT json_agg(json_build_object('name', relname, 'id', oid, 'rights', relacl) ORDER BY relname)
                 FROM pg_class WHERE relnamespace = 'public'::regnamespace) AS tables`,
      );
    const before = await snapshot();
    await migrate(readMigrationConfig(environment(postgres)), silent);
    expect(await snapshot()).toEqual(before);
  });

  test("bring the service role to the environment's password", async () => {
    const changed = { ...environment(postgres), SERVICE_DB_PASSWORD: 'another' };
    await migrate(readMigrationConfig(changed), silent);
    await expect(service('SELECT FROM products', 'another')).resolves.toEqual([]);
    await expect(service('SELECT FROM products')).rejects.toThrow(/password authentication/);
    await migrate(readMigrationConfig(environment(postgres)), silent);
    await expect(service('SELECT FROM products')).resolves.toEqual([]);
  });

  test('that may not alter a role say so without its password', async () => {
    await owner(`CREATE ROLE plain LOGIN SUPERUSER PASSWORD 'plain'; ALTER ROLE plain NOSUPERUSER;
                 GRANT ALL ON SCHEMA public TO plain; GRANT SELECT, INSERT ON migrations TO plain`);
    const config = readMigrationConfig({
      ...environment(postgres),
      POSTGRES_USER: 'plain',
      POSTGRES_PASSWORD: 'plain',
      SERVICE_DB_PASSWORD: 'not to be told',
    });
    const error: unknown = await migrate(config, silent).catch((reason: unknown) => reason);
    expect(String(error)).toMatch(/ALTER ROLE .*permission denied/);
    expect(inspect(error)).not.toContain('not to be told');
  });

  test('refuse a database from before the first of them, and leave it as it is', async () => {
    const first = migrations[0]?.name;
    const names = () => owner('SELECT name FROM migrations ORDER BY id');
    const before = await names();
    await owner(`UPDATE migrations SET name = 'CreateTables' WHERE name = '${first}'`);
    const config = readMigrationConfig(environment(postgres));
    await expect(migrate(config, silent)).rejects.toThrow(/older than the first migration here/);
    await owner(`UPDATE migrations SET name = '${first}' WHERE name = 'CreateTables'`);
    expect(await names()).toEqual(before);
  });

  test('refuse to take the rights of their own role away', () => {
    const same = { ...environment(postgres), SERVICE_DB_USER: postgres.user };
    expect(() => readMigrationConfig(same)).toThrow(ConfigurationError);
  });
});

describe('the service role', () => {
  test.each([
    'UPDATE outbox SET topic = topic',
    'DELETE FROM outbox',
    'TRUNCATE outbox',
    'INSERT INTO source VALUES (gen_random_uuid())',
    'UPDATE source SET source_id = gen_random_uuid()',
    'DELETE FROM source',
    'DELETE FROM products',
    'UPDATE products SET price_cents = 0',
    'DELETE FROM orders',
    'UPDATE orders SET customer_id = 1',
    'UPDATE order_items SET price_cents = 0',
    'DELETE FROM order_items',
    'DELETE FROM migrations',
    'ALTER TABLE outbox ADD COLUMN more int',
    'CREATE TABLE mine ()',
    'DROP FUNCTION reemit_event',
    "ALTER FUNCTION reemit_event SET search_path = 'mine'",
  ])('cannot: %s', async (statement) => {
    await expect(service(statement)).rejects.toThrow(/permission denied|must be owner/);
  });

  test('is no superuser, creates nothing and does not replicate', async () => {
    expect(
      await owner(
        `SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolcanlogin
         FROM pg_roles WHERE rolname = '${serviceRole.SERVICE_DB_USER}'`,
      ),
    ).toEqual([
      {
        rolsuper: false,
        rolcreatedb: false,
        rolcreaterole: false,
        rolreplication: false,
        rolcanlogin: true,
      },
    ]);
  });
});
