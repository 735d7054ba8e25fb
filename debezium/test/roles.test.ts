import { aggregates, aggregateTypes } from 'contracts/aggregates';
import { privilegesOf } from 'local/privileges';
import { query } from 'local/query';
import {
  migrate,
  settingsOf,
  startTemporaryPostgres,
  type TemporaryPostgres,
} from 'local/temporary';
import type { Client } from 'pg';
import { createClient } from 'service-kit/postgres';
import { applySetup } from '../src/apply-setup';
import { readSetupConfig } from '../src/config';

jest.setTimeout(60_000);

const roles = {
  SERVICE_DB_USER: 'the service',
  SERVICE_DB_PASSWORD: 'service',
  RELAY_DB_USER: 'the relay',
  RELAY_DB_PASSWORD: 'relay',
  AUDIT_DB_USER: 'the auditor',
  AUDIT_DB_PASSWORD: 'audit',
};
const passwords = { 'the service': 'service', 'the relay': 'relay', 'the auditor': 'audit' };

let postgres: TemporaryPostgres;
beforeAll(async () => {
  postgres = await startTemporaryPostgres();
  await setUp();
}, 60_000);
afterAll(() => postgres.stop());

/** As both ways of running do it at each start. */
async function setUp(): Promise<void> {
  const environment = {
    ...process.env,
    ...settingsOf(postgres),
    ...roles,
  };
  await migrate(environment);
  await applySetup(readSetupConfig(environment));
}

const as = (role: keyof typeof passwords, text: string) =>
  query({ ...postgres, user: role, password: passwords[role] }, text);

const entities = aggregateTypes.map((type) => aggregates[type].table);
const parts = aggregateTypes.flatMap((type): readonly string[] => aggregates[type].parts);

/** All of it: whatever is not here, the role may not. */
const everything: Record<keyof typeof passwords, string[]> = {
  'the service': [
    'CONNECT ON this database',
    'EXECUTE ON is_history_accepted()',
    'DELETE ON idempotency_keys',
    'DELETE ON order_before_change',
    'EXECUTE ON present_history()',
    'EXECUTE ON reemit_event(uuid)',
    ...['created_at', 'customer_id', 'placed_at', 'status', 'updated_at'].map(
      (column) => `INSERT (${column}) ON orders`,
    ),
    ...['category', 'name', 'price_cents'].map((column) => `INSERT (${column}) ON products`),
    ...[...parts, 'idempotency_keys', 'outbox'].map((table) => `INSERT ON ${table}`),
    'LOGIN',
    ...[
      ...entities,
      ...parts,
      'accepted_history',
      'event_types',
      'idempotency_keys',
      'migrations',
      'order_before_change',
      'outbox',
      'outbox_topics',
    ].map((table) => `SELECT ON ${table}`),
    'SELECT ON source',
    'UPDATE (status) ON orders',
    ...['updated_at', 'version'].flatMap((column) =>
      entities.map((table) => `UPDATE (${column}) ON ${table}`),
    ),
    'UPDATE ON idempotency_keys',
    'USAGE ON SCHEMA public',
  ],
  'the relay': [
    'CONNECT ON this database',
    'EXECUTE ON is_history_accepted()',
    'DELETE ON watermark',
    'EXECUTE ON accept_history(bigint,bigint,oid,text,bigint)',
    'EXECUTE ON present_history()',
    'EXECUTE ON purge_outbox(text,uuid[],uuid[],interval)',
    'EXECUTE ON refuse_history()',
    'INSERT ON watermark',
    'LOGIN',
    'REPLICATION',
    ...['accepted_history', 'event_types', 'outbox', 'outbox_topics', 'source', 'watermark'].map(
      (table) => `SELECT ON ${table}`,
    ),
    'USAGE ON SCHEMA public',
  ],
  'the auditor': [
    'CONNECT ON this database',
    'EXECUTE ON is_history_accepted()',
    'LOGIN',
    ...[...entities, ...parts, 'outbox', 'source', 'watermark'].map(
      (table) => `SELECT ON ${table}`,
    ),
    'USAGE ON SCHEMA public',
  ],
};

const names = Object.keys(everything) as (keyof typeof everything)[];

test.each(names)('%s has these privileges, by any way, and no other', async (role) => {
  expect(await privilegesOf(postgres, role)).toEqual([...everything[role]].sort());
});

test.each(names)(
  '%s has lost, after the next start, the settings that it gave itself',
  async (role) => {
    await as(role, `BEGIN READ WRITE; ALTER ROLE "${role}" SET synchronous_commit = off; COMMIT`);
    const here = `IN DATABASE ${postgres.database}`;
    await as(
      role,
      `BEGIN READ WRITE; ALTER ROLE "${role}" ${here} SET search_path = nowhere; COMMIT`,
    );
    await setUp();
    const settings = await query<{ setting: string }>(
      postgres,
      `SELECT unnest(setconfig) AS setting FROM pg_db_role_setting
     WHERE setrole = (SELECT oid FROM pg_roles WHERE rolname = $1)`,
      [role],
    );
    expect(
      settings.filter(({ setting }) => /synchronous_commit|search_path/.test(setting)),
    ).toEqual([]);
  },
);

test.each(names)('%s, given more by somebody, has lost it after the next start', async (role) => {
  await query(
    postgres,
    `ALTER ROLE "${role}" SUPERUSER CREATEROLE CREATEDB BYPASSRLS;
     GRANT pg_read_all_data, pg_execute_server_program TO "${role}";
     GRANT ALL ON DATABASE ${postgres.database} TO "${role}";
     GRANT ALL ON SCHEMA public TO "${role}";
     GRANT ALL ON ALL TABLES IN SCHEMA public TO "${role}";
     GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO "${role}";
     GRANT UPDATE (payload) ON outbox TO "${role}";
     GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO "${role}"`,
  );
  const more = await privilegesOf(postgres, role);
  for (const one of ['SUPERUSER', 'member of pg_read_all_data', 'TRUNCATE ON outbox']) {
    expect(more).toContain(one);
  }
  await setUp();
  expect(await privilegesOf(postgres, role)).toEqual([...everything[role]].sort());
});

test('the relay writes a watermark, of the type that the contracts have and no other', async () => {
  const watermark = (type: string) =>
    as(
      'the relay',
      `INSERT INTO watermark
       SELECT gen_random_uuid(), 'watermark', '1', '${type}', '{}', topic, 1, 1, source_id, NULL, now()
       FROM source, outbox_topics WHERE aggregatetype = 'watermark'`,
    );
  await watermark('Watermark');
  await expect(watermark('OrderCreated')).rejects.toMatchObject({ code: '55000' });
});

test.each(names)('%s keeps no other role out, however many sessions it opens', async (role) => {
  const login = { ...postgres, user: role, password: passwords[role] };
  const session = { applicationName: 'attack', connectTimeoutMs: 10_000 };
  const open: Client[] = [];
  const attack = async () => {
    for (let count = 0; count < 100; count += 1) {
      const client = createClient(login, session);
      await client.connect();
      open.push(client);
    }
  };
  try {
    await expect(attack()).rejects.toMatchObject({ code: '53300' });
    for (const other of names.filter((name) => name !== role)) await as(other, 'SELECT 1');
    await query(postgres, 'SELECT 1');
  } finally {
    await Promise.all(open.map((client) => client.end()));
  }
});

test('the limits of all roles fit what PostgreSQL takes, with ten left for others', async () => {
  const [found] = await query<{ fits: boolean }>(
    postgres,
    `SELECT min(rolconnlimit) > 0 AND sum(rolconnlimit) + 10
              <= current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS fits
     FROM pg_roles WHERE rolname = ANY ($1)`,
    [names],
  );
  expect(found).toEqual({ fits: true });
});

const past = [
  "UPDATE outbox SET payload = '{}'",
  'DELETE FROM outbox',
  'TRUNCATE outbox',
  'DELETE FROM order_items',
  'UPDATE products SET price_cents = 0',
  'UPDATE orders SET customer_id = 1',
  'UPDATE source SET source_id = gen_random_uuid()',
  "SELECT begin_history('x', 1)",
  "SELECT nextval('orders_id_seq')",
  'ALTER TABLE outbox DISABLE TRIGGER ALL',
  'ALTER PUBLICATION relay SET TABLE source',
  'DROP PUBLICATION relay',
  'CREATE TABLE mine ()',
  'CREATE TEMPORARY TABLE mine ()',
  'CREATE SCHEMA mine',
  'CREATE ROLE mine',
  'SET ROLE pg_read_all_data',
  `COPY outbox TO PROGRAM 'cat'`,
];
const attempts: Record<keyof typeof everything, string[]> = {
  'the service': [
    ...past,
    'SELECT * FROM watermark',
    'SELECT * FROM source_history',
    "SELECT pg_drop_replication_slot('relay')",
    "INSERT INTO outbox_topics VALUES ('shipment', 'shipment-events')",
    'SELECT * FROM outbox_skipped',
    "SELECT pg_create_logical_replication_slot('mine', 'pgoutput')",
    "SELECT purge_outbox('order-events', '{}', '{}', interval '0')",
  ],
  'the relay': [
    ...past,
    'SELECT * FROM products',
    'SELECT * FROM orders',
    'SELECT * FROM order_items',
    'SELECT * FROM idempotency_keys',
    'INSERT INTO outbox SELECT * FROM outbox',
    "UPDATE watermark SET topic = 'x'",
    'SELECT reemit_event(gen_random_uuid())',
  ],
  'the auditor': [
    ...past,
    'SELECT * FROM idempotency_keys',
    'SELECT reemit_event(gen_random_uuid())',
    'DELETE FROM watermark',
    'INSERT INTO products (name, category, price_cents) VALUES (1, 1, 1)',
    "SELECT pg_create_logical_replication_slot('mine', 'pgoutput')",
  ],
};

describe.each(names)('%s is refused', (role) => {
  test.each(attempts[role])('%s', async (statement) => {
    // Also when it says itself that it would like to write.
    await expect(as(role, `BEGIN READ WRITE; ${statement}`)).rejects.toThrow(
      /permission denied|must be owner/,
    );
  });
});
