import { until } from 'local/until';
import { armFailpoints, disarmFailpoints } from 'service-kit/failpoints';
import { createClient } from 'service-kit/postgres';
import type { Answer } from '../support/http';
import { untilTaken, useTestService } from '../support/service';

const stack = useTestService();
beforeAll(async () => {
  await stack.http.post('/api/products', { name: 'Laptop', category: 'Electronics', price: 500 });
});
afterEach(disarmFailpoints);

interface Request {
  readonly customerId: number;
  readonly productId?: number;
  readonly quantity?: number;
  readonly placedAt?: string;
  readonly headers?: Record<string, string>;
}

let customers = 0;
const newCustomer = () => ++customers;

const send = ({ customerId, productId = 1, quantity = 1, placedAt, headers }: Request) =>
  stack.http.post(
    '/api/orders',
    { customerId, items: [{ productId, quantity, price: 500 }], placedAt },
    headers,
  );

/**
 * Sends orders while as many statements are under way as may be: two orders sent before are committed, and each is held
 * up in its turn until these wait together.
 */
async function together(requests: readonly Request[]): Promise<Answer[]> {
  armFailpoints('place-orders=delay:60000');
  const before = newCustomer();
  const ahead = [];
  for (const statements of [1, 2]) {
    ahead.push(send({ customerId: before }));
    await until(async () => expect(await ordersOf(before)).toHaveLength(statements), 60_000);
  }
  const answers = requests.map(send);
  await untilTaken(stack.http);
  disarmFailpoints();
  await Promise.all(ahead);
  return Promise.all(answers);
}

/** With the transaction that wrote it, all that there is of a customer's orders. */
const ordersOf = (customerId: number) =>
  stack.query<{ id: number; xmin: string; items: number[]; traceparents: string[] }>(
    `SELECT id::int, xmin::text,
            ARRAY(SELECT quantity FROM order_items WHERE order_id = orders.id AND order_items.xmin = orders.xmin) AS items,
            ARRAY(SELECT traceparent FROM outbox
                  WHERE aggregatetype = 'order' AND aggregateid = orders.id::text AND outbox.xmin = orders.xmin)
              AS traceparents
     FROM orders WHERE customer_id = $1 ORDER BY id`,
    [customerId],
  );

const traceparentOf = (n: number) =>
  `00-${String(n).padStart(32, '0')}-${String(n).padStart(16, '0')}-01`;

test('orders that come while statements are under way are one transaction, each with its items, event, trace and token', async () => {
  const requests = Array.from({ length: 20 }, (_, n) => {
    const customerId = newCustomer();
    return { customerId, quantity: n + 1, headers: { traceparent: traceparentOf(customerId) } };
  });
  const answers = await together(requests);
  const transactions = new Set<string>();
  for (const [n, { customerId, quantity }] of requests.entries()) {
    const answer = answers[n];
    const [order, ...more] = await ordersOf(customerId);
    expect(more).toEqual([]);
    expect(order).toMatchObject({
      items: [quantity],
      traceparents: [traceparentOf(customerId)],
    });
    expect(answer?.status).toBe(201);
    expect(answer?.body).toMatchObject({ id: order?.id, customerId, items: [{ quantity }] });
    expect(answer?.headers.get('consistency-token')).toBe(`order:${order?.id}@1`);
    expect(answer?.headers.get('location')).toBe(`/api/orders/${order?.id}`);
    transactions.add(String(order?.xmin));
  }
  expect(transactions.size).toBe(1);
});

test('each order of a group is refused by itself, and takes no id', async () => {
  const good = [newCustomer(), newCustomer()] as const;
  const bad = newCustomer();
  const answers = await together([
    { customerId: good[0] },
    { customerId: bad, productId: 777 },
    { customerId: bad, placedAt: new Date(Date.now() + 3_600_000).toISOString() },
    { customerId: bad, productId: 888 },
    { customerId: good[1] },
  ]);
  expect(answers.map(({ status }) => status)).toEqual([201, 422, 422, 422, 201]);
  expect(answers.map(({ body }) => body.unknownProducts)).toEqual([
    undefined,
    [777],
    undefined,
    [888],
    undefined,
  ]);
  expect(answers[2]?.body.errors).toEqual([
    { path: '/placedAt', message: 'must be at most 5 minutes ahead' },
  ]);
  const [first, second] = [await ordersOf(good[0]), await ordersOf(good[1])];
  expect(second[0]?.xmin).toBe(first[0]?.xmin);
  expect(second[0]?.id).toBe(Number(first[0]?.id) + 1);
  expect(await ordersOf(bad)).toEqual([]);
});

test('when PostgreSQL refuses the statement for one order, the others are placed by themselves', async () => {
  const good = [newCustomer(), newCustomer()] as const;
  const bad = newCustomer();
  await stack.query(`ALTER TABLE order_items ADD CONSTRAINT no_4711 CHECK (quantity <> 4711)`);
  try {
    const answers = await together([
      { customerId: good[0] },
      { customerId: bad, quantity: 4711 },
      { customerId: good[1] },
    ]);
    expect(answers.map(({ status }) => status)).toEqual([201, 500, 201]);
  } finally {
    await stack.query('ALTER TABLE order_items DROP CONSTRAINT no_4711');
  }
  const placed = [...(await ordersOf(good[0])), ...(await ordersOf(good[1]))];
  expect(placed).toMatchObject([{ items: [1] }, { items: [1] }]);
  expect(new Set(placed.map(({ xmin }) => xmin)).size).toBe(2);
  expect(await ordersOf(bad)).toEqual([]);
});

describe('an Idempotency-Key', () => {
  const keyed = (key: string) => ({ 'Idempotency-Key': `"${key}"` });

  test('twice among those that wait: one order, the other is told that it is under way, and they stay together', async () => {
    const [customerId, neighbour] = [newCustomer(), newCustomer()];
    const same = { customerId, headers: keyed('twice') };
    const answers = await together([same, { customerId: neighbour }, same]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 409]);
    const [order, ...more] = await ordersOf(customerId);
    expect(more).toEqual([]);
    // The statement did not fail on it.
    expect((await ordersOf(neighbour))[0]?.xmin).toBe(order?.xmin);
    const again = await send(same);
    expect(again.text).toBe(answers[0]?.text);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  test('of an earlier group: its answer, beside a new order and a key that stands for another body', async () => {
    const [customerId, other] = [newCustomer(), newCustomer()];
    const first = await send({ customerId, headers: keyed('earlier') });
    const answers = await together([
      { customerId: other, headers: keyed('earlier') },
      { customerId: other, headers: keyed('new') },
    ]);
    expect(answers.map(({ status }) => status)).toEqual([422, 201]);
    const [replayed] = await together([{ customerId, headers: keyed('earlier') }]);
    expect(replayed?.text).toBe(first.text);
    expect(await ordersOf(customerId)).toHaveLength(1);
    expect(await ordersOf(other)).toHaveLength(1);
  });

  /** Runs SQL in a transaction that stays open. @returns commits it */
  async function holding(text: string): Promise<() => Promise<unknown>> {
    const client = createClient(stack.postgres, {
      applicationName: 'holding',
      connectTimeoutMs: 60_000,
    });
    await client.connect();
    await client.query(`BEGIN; ${text}`);
    return async () => {
      await client.query('COMMIT');
      await client.end();
    };
  }

  test('that another process has locked: 409 for its order at once, and the group goes on', async () => {
    const [customerId, neighbour] = [newCustomer(), newCustomer()];
    const done = await holding(
      `SELECT pg_advisory_xact_lock(hashtextextended('idempotency POST /api/orders locked', 0))`,
    );
    const answers = await together([
      { customerId, headers: keyed('locked') },
      { customerId: neighbour },
    ]);
    expect(answers.map(({ status }) => status)).toEqual([409, 201]);
    expect(answers[0]?.headers.get('retry-after')).toBe('1');
    await done();
    expect((await send({ customerId, headers: keyed('locked') })).status).toBe(201);
    expect(await ordersOf(customerId)).toHaveLength(1);
  });

  test('whose answer somebody kept while the statement ran: that answer, no second order, and the group is placed once', async () => {
    const [customerId, neighbour] = [newCustomer(), newCustomer()];
    const { text } = await send({ customerId, headers: keyed('model') });
    const done = await holding(
      `INSERT INTO idempotency_keys (route, key, fingerprint, status, headers, body, expires_at)
       SELECT route, 'raced', fingerprint, status, headers, body, expires_at FROM idempotency_keys WHERE key = 'model'`,
    );
    const answers = together([{ customerId, headers: keyed('raced') }, { customerId: neighbour }]);
    await until(async () => {
      const waiting = await stack.query(
        `SELECT FROM pg_stat_activity WHERE application_name = 'command-service' AND wait_event_type = 'Lock'`,
      );
      expect(waiting).toHaveLength(1);
    }, 60_000);
    await done();
    expect((await answers).map(({ status }) => status)).toEqual([201, 201]);
    expect((await answers)[0]?.text).toBe(text);
    expect(await ordersOf(customerId)).toHaveLength(1);
    expect(await ordersOf(neighbour)).toHaveLength(1);
  });
});
