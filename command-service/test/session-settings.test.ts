import { until } from 'local/until';
import { httpClient } from './support/http';
import { serviceRole, useTestService, untilReady } from './support/service';

/** Each of them changes what SQL means, how values are written, or when a session ends. */
const hostile: [string, string][] = [
  ['DateStyle', "'SQL, DMY'"],
  ['TimeZone', "'Asia/Kathmandu'"],
  ['IntervalStyle', 'sql_standard'],
  ['client_encoding', 'LATIN1'],
  ['bytea_output', 'escape'],
  ['extra_float_digits', '-15'],
  ['search_path', 'nowhere'],
  ['standard_conforming_strings', 'off'],
  ['transform_null_equals', 'on'],
  ['array_nulls', 'off'],
  ['row_security', 'off'],
  ['default_transaction_isolation', "'repeatable read'"],
  ['default_transaction_deferrable', 'on'],
  ['synchronous_commit', 'off'],
  ['exit_on_error', 'on'],
  ['statement_timeout', "'1ms'"],
  ['lock_timeout', "'1ms'"],
  ['idle_in_transaction_session_timeout', "'1ms'"],
  ['idle_session_timeout', "'1ms'"],
];

const role = serviceRole.SERVICE_DB_USER;
const stack = useTestService();
let expected: unknown;

beforeAll(async () => {
  // What only the session itself can tell.
  await stack.query(`
    CREATE TABLE noted (commit text);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
      INSERT INTO public.noted VALUES (current_setting('synchronous_commit'));
      RETURN NEW;
    END $$;
    CREATE TRIGGER note BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION note()`);
  expected = await answers();
});

/** What clients get, and what is relayed, for one of each command; ids and the present time left out. */
async function answers(): Promise<unknown> {
  const { http } = stack;
  const query = <Row>(text: string) => stack.query<Row>(text);
  await query(
    'TRUNCATE noted, outbox, order_items, orders, products, idempotency_keys RESTART IDENTITY CASCADE',
  );
  const order = {
    customerId: 7,
    items: [{ productId: 1, quantity: 2, price: 19.99 }],
    placedAt: '2026-02-03T04:05:06.789+02:00',
  };
  const keyed = { 'Idempotency-Key': 'a-key' };
  const results = [
    await http.post('/api/products', { name: `Ä "b' \\`, category: 'C', price: 0.07 }),
    await http.post('/api/orders', order),
    await http.post('/api/orders', order, keyed),
    await http.post('/api/orders', order, keyed),
    await http.post('/api/orders', { ...order, items: [{ ...order.items[0], productId: 9 }] }),
    await http.put('/api/orders/1/status', { status: 'SHIPPED' }),
    await http.get('/api/orders/1'),
    await http.get('/api/products/1'),
  ];
  const events = await query<{ payload: string; settings: string }>(
    `SELECT regexp_replace(payload::text, '"occurredAt" ?: ?"[^"]*Z"', '') AS payload FROM outbox ORDER BY id`,
  );
  return {
    answers: results.map(({ status, body }) => ({ status, body })),
    events,
    orders: await query('SELECT count(*)::int FROM orders'),
    commits: await query('SELECT DISTINCT commit FROM noted'),
  };
}

/** The settings are those of new sessions. @returns when the old ones are gone */
const endSessions = () =>
  stack.query(
    `SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE usename = '${role}'`,
  );

async function reconnect(): Promise<void> {
  await endSessions();
  await untilReady(stack.service);
}

test('the statements of this test show what it looks for', () => {
  expect(expected).toMatchObject({
    answers: [201, 201, 201, 201, 422, 200, 200, 200].map((status) => ({ status })),
    orders: [{ count: 2 }],
    commits: [{ commit: 'on' }],
  });
});

/** PostgreSQL prefers the settings of a role in a database to those of a role, and those to the database's. */
const inDatabase = `ALTER ROLE ${role} IN DATABASE analytics_db`;

test.each([
  ...hostile.map(([setting, value]) => [inDatabase, setting, value]),
  [`ALTER ROLE ${role}`, 'DateStyle', "'SQL, DMY'"],
  ['ALTER DATABASE analytics_db', 'DateStyle', "'SQL, DMY'"],
])('%s SET %s = %s changes no answer and no event', async (target, setting, value) => {
  await stack.query(`${target} SET ${setting} = ${value}`);
  try {
    await reconnect();
    expect(await answers()).toEqual(expected);
  } finally {
    await stack.query(`${target} RESET ALL`);
  }
});

describe('readiness says so while commands cannot be taken because', () => {
  const whileDone = async (how: string, undo: string, reason: RegExp): Promise<void> => {
    const http = httpClient(stack.service.port);
    await stack.query(how);
    try {
      await endSessions();
      await until(async () => {
        const { status, body } = await http.get('/health/ready');
        expect(status).toBe(503);
        expect(JSON.stringify(body)).toMatch(reason);
      }, 60_000);
      expect(
        (await http.post('/api/products', { name: 'a', category: 'b', price: 1 })).status,
      ).not.toBe(201);
    } finally {
      await stack.query(undo);
      await reconnect();
    }
  };

  test('the database is read-only', () =>
    whileDone(
      `ALTER ROLE ${role} SET default_transaction_read_only = on`,
      `ALTER ROLE ${role} RESET ALL`,
      /takes no writes: default_transaction_read_only is on/,
    ));

  test('the role lacks a right', () =>
    whileDone(
      `REVOKE INSERT ON outbox FROM ${role}`,
      `GRANT INSERT ON outbox TO ${role}`,
      /lacks INSERT on outbox/,
    ));
});
