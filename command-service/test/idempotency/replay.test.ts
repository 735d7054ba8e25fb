import { armFailpoints, disarmFailpoints } from 'service-kit/failpoints';
import { until } from 'local/until';
import type { Answer } from '../support/http';
import { useTestService } from '../support/service';

const stack = useTestService();
beforeAll(async () => {
  await stack.http.post('/api/products', product);
});
afterEach(disarmFailpoints);

const product = { name: 'Laptop', category: 'Electronics', price: 500 };
const order = { customerId: 1, items: [{ productId: 1, quantity: 2, price: 500 }] };
const bodies = { '/api/products': product, '/api/orders': order };
const paths = Object.keys(bodies) as (keyof typeof bodies)[];
/** The last statement of each. */
const lastStatement = { '/api/products': 'store-answer', '/api/orders': 'place-orders' };

let keys = 0;
const newKey = () => `"key-${++keys}"`;
const post = (path: string, body: unknown, key: string) =>
  stack.http.post(path, body, { 'Idempotency-Key': key });

/** What the client sees, less what differs between any two answers. */
const visible = ({ status, headers, text }: Answer) => ({
  status,
  headers: [...headers].filter(([name]) => name !== 'date' && name !== 'idempotency-replayed'),
  text,
});
const replayed = ({ headers }: Answer) => headers.get('idempotency-replayed');

const rowCounts = async () => {
  const [counts] = await stack.query<Record<string, number>>(
    `SELECT (SELECT count(*)::int FROM products) AS products, (SELECT count(*)::int FROM orders) AS orders,
            (SELECT count(*)::int FROM outbox) AS outbox,
            (SELECT count(*)::int FROM idempotency_keys) AS keys`,
  );
  return counts;
};

/** Waits until a command of this path has run its last statement: an order is committed by it, a product not yet. */
const untilUnderWay = (path: keyof typeof bodies, key: string) =>
  until(async () => {
    const found = await stack.query(
      path === '/api/orders'
        ? `SELECT FROM idempotency_keys WHERE key = '${key}'`
        : `SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted`,
    );
    expect(found).toHaveLength(1);
  }, 60_000);

describe.each(paths)('POST %s repeated with its key', (path) => {
  test('gets the first answer byte for byte, marked, and does nothing', async () => {
    const key = newKey();
    const first = await post(path, bodies[path], key);
    expect(first.status).toBe(201);
    expect(replayed(first)).toBeNull();
    const before = await rowCounts();

    for (const again of [key, key.slice(1, -1)]) {
      const second = await post(path, bodies[path], again);
      expect(visible(second)).toEqual(visible(first));
      expect(second.headers.get('location')).toMatch(/\/\d+$/);
      expect(second.headers.get('etag')).toBe('"1"');
      expect(replayed(second)).toBe('true');
    }
    expect(await rowCounts()).toEqual(before);
  });

  test('with another body is a problem 422 and does nothing', async () => {
    const key = newKey();
    await post(path, bodies[path], key);
    const before = await rowCounts();
    const other = {
      ...bodies[path],
      ...(path === '/api/orders' ? { customerId: 2 } : { price: 1 }),
    };
    const refused = await post(path, other, key);
    expect(refused.status).toBe(422);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(refused.body.detail).toMatch(/another body/);
    expect(replayed(refused)).toBeNull();
    expect(await rowCounts()).toEqual(before);
  });

  test('while the first is under way is a problem 409 at once, with Retry-After', async () => {
    const key = newKey();
    armFailpoints(`${lastStatement[path]}=delay:60000`);
    let answered = false;
    const first = post(path, bodies[path], key).finally(() => (answered = true));
    await untilUnderWay(path, key.slice(1, -1));
    const second = await post(path, bodies[path], key);
    expect(answered).toBe(false);
    expect(second.status).toBe(409);
    expect(second.headers.get('retry-after')).toBe('1');
    expect(second.headers.get('content-type')).toBe('application/problem+json');

    disarmFailpoints();
    expect((await first).status).toBe(201);
    const third = await post(path, bodies[path], key);
    expect(visible(third)).toEqual(visible(await first));
  });

  test('after a serialization failure, which is 503, is a new attempt', async () => {
    const before = await rowCounts();
    const key = newKey();
    await stack.query(
      `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql
       AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'serialization_failure'; END $$`,
    );
    await stack.query(
      `CREATE TRIGGER fail AFTER INSERT ON idempotency_keys FOR EACH ROW EXECUTE FUNCTION fail()`,
    );
    try {
      const refused = await post(path, bodies[path], key);
      expect(refused.status).toBe(503);
      expect(refused.headers.get('retry-after')).toBe('2');
    } finally {
      await stack.query('DROP FUNCTION fail() CASCADE');
    }
    expect(await rowCounts()).toEqual(before);
    const retried = await post(path, bodies[path], key);
    expect(retried.status).toBe(201);
    expect(replayed(retried)).toBeNull();
  });

  test('with a malformed key is a problem 400 and does nothing', async () => {
    const before = await rowCounts();
    for (const key of ['', '""', 'x'.repeat(256), '"a", "b"']) {
      const refused = await post(path, bodies[path], key);
      expect(refused.status).toBe(400);
      expect(refused.body.detail).toMatch(/Idempotency-Key/);
    }
    expect(await rowCounts()).toEqual(before);
  });
});

test('POST /api/products repeated after a failure of any step is a new attempt: no answer without its product', async () => {
  const before = await rowCounts();
  const key = newKey();
  for (const name of ['insert-product', 'append-event', 'store-answer']) {
    armFailpoints(`${name}=throw`);
    expect((await post('/api/products', product, key)).status).toBe(500);
    disarmFailpoints();
    expect(await rowCounts()).toEqual(before);
  }
  const retried = await post('/api/products', product, key);
  expect(retried.status).toBe(201);
  expect(replayed(retried)).toBeNull();
});

test('POST /api/orders repeated after a failure behind its statement, which is 503, gets the answer: it was committed', async () => {
  const before = await rowCounts();
  const key = newKey();
  armFailpoints('place-orders=throw');
  const unknown = await post('/api/orders', order, key);
  expect([unknown.status, unknown.body.outcome]).toEqual([503, 'unknown']);
  disarmFailpoints();
  const retried = await post('/api/orders', order, key);
  expect(retried.status).toBe(201);
  expect(replayed(retried)).toBe('true');
  expect(await rowCounts()).toMatchObject({
    orders: Number(before?.orders) + 1,
    outbox: Number(before?.outbox) + 1,
  });
});

test('a key is one route’s own: the other one does not know it', async () => {
  const key = newKey();
  const answers = [
    await post('/api/products', product, key),
    await post('/api/orders', order, key),
  ];
  expect(
    answers.map(({ status, headers }) => [status, headers.get('idempotency-replayed')]),
  ).toEqual([
    [201, null],
    [201, null],
  ]);
});

test('a refused command leaves its key free: nothing happened that could be replayed', async () => {
  const key = newKey();
  const early = { ...order, items: [{ productId: 1_000, quantity: 1, price: 1 }] };
  expect((await post('/api/orders', early, key)).status).toBe(422);
  expect((await post('/api/orders', {}, key)).status).toBe(400);
  expect((await post('/api/orders', order, key)).status).toBe(201);
});

test('without a key two equal requests are two orders', async () => {
  const [first, second] = [
    await stack.http.post('/api/orders', order),
    await stack.http.post('/api/orders', order),
  ];
  expect(first.body.id).not.toBe(second.body.id);
});

test('a status change ignores the header: repeated, it is a no-op anyway', async () => {
  const { body } = await stack.http.post('/api/orders', order);
  const ship = () =>
    stack.http.put(
      `/api/orders/${String(body.id)}/status`,
      { status: 'SHIPPED' },
      { 'Idempotency-Key': '"ship"' },
    );
  expect([(await ship()).status, replayed(await ship())]).toEqual([200, null]);
  expect(await stack.query(`SELECT FROM idempotency_keys WHERE key = 'ship'`)).toEqual([]);
});

test('50 at once with the same key: one order, one event, and one answer for all who get one', async () => {
  const before = await rowCounts();
  const key = newKey();
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => post('/api/orders', order, key)),
  );
  const created = answers.filter(({ status }) => status === 201);
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(50 - created.length);
  expect(created.filter((answer) => replayed(answer) === null)).toHaveLength(1);
  expect(new Set(created.map((answer) => JSON.stringify(visible(answer)))).size).toBe(1);
  expect(await rowCounts()).toEqual({
    ...before,
    orders: Number(before?.orders) + 1,
    outbox: Number(before?.outbox) + 1,
    keys: Number(before?.keys) + 1,
  });
});
