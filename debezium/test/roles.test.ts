import { privilegesOf } from '../../local/test/support/privileges';
import { query } from 'local/query';
import { tableOfPage } from '../../local/test/support/table-of-page';
import {
  migrate,
  settingsOf,
  startTemporaryPostgres,
  type TemporaryPostgres,
} from '../../local/test/support/temporary';
import type { Client } from 'pg';
import { createClient } from 'service-kit/postgres';
import { applySetup } from '../src/apply-setup';
import { readSetupConfig } from '../src/config';

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
});
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

const columns = { 'the service': 1, 'the relay': 2, 'the auditor': 3 } as const;
const words: Record<string, string> = {
  read: 'SELECT',
  insert: 'INSERT',
  update: 'UPDATE',
  delete: 'DELETE',
  call: 'EXECUTE',
};

/** What SECURITY.md says that a role may do: whatever is not there, it may not. In the words of `privilegesOf`, without arguments. */
function promised(role: keyof typeof columns): string[] {
  const rows = tableOfPage('SECURITY.md', 'here', 'SERVICE_DB_USER', 'RELAY_DB_USER');
  return rows
    .flatMap(([things = '', ...cells]) => {
      const rights = (cells[columns[role] - 1] ?? '').split(/[;,] (?![^(]*\))/).filter(Boolean);
      if (things === 'the database') {
        return rights.flatMap((right) =>
          right === 'connect'
            ? ['CONNECT ON this database', 'LOGIN', 'USAGE ON SCHEMA public']
            : ['REPLICATION'],
        );
      }
      return things.split(', ').flatMap((thing) =>
        rights.flatMap((right) => {
          const [, verb = '', listed] = /^(\w+)(?: \((.*)\))?$/.exec(right) ?? [];
          const privilege = words[verb] ?? right;
          if (listed === undefined) return [`${privilege} ON ${thing}`];
          return listed.split(', ').map((column) => `${privilege} (${column}) ON ${thing}`);
        }),
      );
    })
    .sort();
}

const found = async (role: string): Promise<string[]> =>
  (await privilegesOf(postgres, role)).map((one) => one.replace(/\(.*\)$/, '()')).sort();

const names = Object.keys(columns) as (keyof typeof columns)[];

test.each(names)(
  '%s has the privileges that SECURITY.md tells of, by any way, and no other',
  async (role) => {
    expect(await found(role)).toEqual(promised(role));
  },
);

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
  expect(await found(role)).toEqual(promised(role));
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

test('the relay writes no event among its watermarks', async () => {
  const event = as(
    'the relay',
    `INSERT INTO watermark
     SELECT gen_random_uuid(), 'order', '1', 'OrderCreated', '{}', topic, 1, 1, source_id, NULL, now()
     FROM source, outbox_topics WHERE aggregatetype = 'order'`,
  );
  await expect(event).rejects.toMatchObject({ code: '23514' });
});

test.each([-1, 1_000_001])(
  'the relay neither uses up ids nor has them given out again: %s',
  async (ids) => {
    const accepted = as(
      'the relay',
      `SELECT accept_history(system_identifier, timeline, outbox, 'attack', ${ids}) FROM present_history()`,
    );
    await expect(accepted).rejects.toMatchObject({ code: '55000' });
  },
);

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
  const [limits] = await query<{ fits: boolean }>(
    postgres,
    `SELECT min(rolconnlimit) > 0 AND sum(rolconnlimit) + 10
              <= current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS fits
     FROM pg_roles WHERE rolname = ANY ($1)`,
    [names],
  );
  expect(limits).toEqual({ fits: true });
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
const attempts: Record<keyof typeof columns, string[]> = {
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
