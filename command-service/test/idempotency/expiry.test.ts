import { until } from 'local/until';
import { readConfig } from '../../src/config';
import { openDatabase } from '../../src/database';
import { deleteExpired } from '../../src/idempotency/stored-answers';
import { startService } from '../../src/service';
import { config, silent, useTestService } from '../support/service';

const liveMs = 3_600_000;

const stack = useTestService(() => ({ idempotency: { liveMs, purgeEveryMs: 3_600_000 } }));

const create = (key: string) =>
  stack.http.post(
    '/api/products',
    { name: 'A', category: 'B', price: 1 },
    { 'Idempotency-Key': key },
  );
/** As if the keys' time were over, or not yet. */
const setExpiry = (interval: string) =>
  stack.query(
    `UPDATE idempotency_keys SET expires_at = clock_timestamp() + interval '${interval}'`,
  );
const storedKeys = async () =>
  (await stack.query<{ key: string }>('SELECT key FROM idempotency_keys ORDER BY key')).map(
    ({ key }) => key,
  );

test('a key lives as long as the configuration says, by the clock of the database', async () => {
  await create('lives');
  const [row] = await stack.query<{ hours: string }>(
    `SELECT round(extract(epoch FROM expires_at - clock_timestamp()) / 3600, 2)::text AS hours
     FROM idempotency_keys`,
  );
  expect(row?.hours).toBe('1.00');
  await setExpiry('1 minute');
  expect((await create('lives')).headers.get('idempotency-replayed')).toBe('true');
});

test('an expired key is a new one, also before it is purged', async () => {
  const first = await create('expires');
  await setExpiry('-1 millisecond');
  const second = await create('expires');
  expect(second.status).toBe(201);
  expect(second.body.id).not.toBe(first.body.id);
  expect(second.headers.get('idempotency-replayed')).toBeNull();
  expect((await create('expires')).text).toBe(second.text);
});

test('a running service purges what has expired, and nothing else', async () => {
  for (const key of ['a', 'b', 'c']) await create(key);
  await setExpiry('-1 second');
  await create('young');
  const purging = await startService(
    { ...config(stack.postgres), idempotency: { liveMs, purgeEveryMs: 50 } },
    silent,
  );
  try {
    await until(async () => expect(await storedKeys()).toEqual(['young']), 60_000);
  } finally {
    await purging.stop();
  }
});

test('a batch deletes the oldest, at most as many as it may', async () => {
  const database = openDatabase(config(stack.postgres).database, silent);
  try {
    await until(() => database.read((sql) => sql({ name: 'connected', text: 'SELECT 1' })), 60_000);
    const deleted = await database.transaction(async (sql) => {
      await sql({
        name: 'insert-expired-keys',
        text: `INSERT INTO idempotency_keys (route, key, fingerprint, status, headers, body, expires_at)
               SELECT 'POST /', n, '', 201, '{}', '', clock_timestamp() - n * interval '1 hour'
               FROM generate_series(1, 5) AS n`,
      });
      const counts = [await deleteExpired(sql, 3)];
      const left = await sql<{ key: string }>({
        name: 'find-keys',
        text: `SELECT key FROM idempotency_keys WHERE route = 'POST /'`,
      });
      counts.push(await deleteExpired(sql, 3), await deleteExpired(sql, 3));
      return { counts, left: left.map(({ key }) => key).sort() };
    });
    expect(deleted).toEqual({ counts: [3, 2, 0], left: ['1', '2'] });
  } finally {
    await database.close();
  }
});

describe('IDEMPOTENCY_KEY_HOURS', () => {
  const read = (hours: string | undefined) =>
    readConfig({ AUTH_MODE: 'none', SERVICE_DB_PASSWORD: 'x', IDEMPOTENCY_KEY_HOURS: hours })
      .idempotency.liveMs;

  test('is a day by default, and may be a fraction', () => {
    expect(read(undefined)).toBe(86_400_000);
    expect(read('0.5')).toBe(1_800_000);
  });

  test.each(['0', '-1', 'x', '1e9', 'Infinity'])('cannot be %s', (hours) =>
    expect(() => read(hours)).toThrow(/IDEMPOTENCY_KEY_HOURS is invalid/),
  );
});
