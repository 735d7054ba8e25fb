import { orderStatuses } from 'contracts/aggregates';
import type { OrderStatus } from 'contracts/events';
import { query } from 'local/query';
import { readMigrationConfig } from '../src/config';
import { migrate } from '../src/migrate';
import { decide } from '../src/orders/decide';
import { environment, serviceRole, silent, useTestService } from './support/service';

const stack = useTestService();
beforeAll(async () => {
  const product = { name: 'a', category: 'b', price: 1 };
  expect((await stack.http.post('/api/products', product)).status).toBe(201);
});

/** As somebody who has got the service's login. */
const attack = (text: string) =>
  query(
    {
      ...stack.postgres,
      user: serviceRole.SERVICE_DB_USER,
      password: serviceRole.SERVICE_DB_PASSWORD,
    },
    text,
  );

async function placeOrder(): Promise<number> {
  const { status, body } = await stack.http.post('/api/orders', {
    customerId: 1,
    items: [{ productId: 1, quantity: 1, price: 1 }],
  });
  expect(status).toBe(201);
  return body.id as number;
}

/** All of the database's content that commands write. */
const content = () =>
  stack.query(
    `SELECT (SELECT json_agg(orders ORDER BY id) FROM orders) AS orders,
            (SELECT json_agg(order_items ORDER BY order_id, position) FROM order_items) AS items,
            (SELECT json_agg(products ORDER BY id) FROM products) AS products`,
  );

const anOrder = 'INSERT INTO orders (customer_id, status, placed_at, created_at, updated_at)';
const items = (order: string) => `INSERT INTO order_items SELECT ${order}, 500, 1, 10000, 99999999`;

describe('who has the login of the service cannot', () => {
  test.each<[string, (order: number) => string]>([
    ['add items to a placed order', (order) => items(`${order}`)],
    [
      'add items to a placed order that the same transaction moves on',
      (order) =>
        `BEGIN; UPDATE orders SET status = 'SHIPPED', version = version + 1 WHERE id = ${order}; ${items(`${order}`)}; COMMIT`,
    ],
    [
      'add items to one of several orders, of which another is its own',
      (order) =>
        `WITH mine AS (${anOrder} VALUES (1, 'CREATED', now(), now(), now()) RETURNING id)
         ${items('placed')} FROM (SELECT id FROM mine UNION ALL SELECT ${order}) AS chosen (placed)`,
    ],
    [
      'use up the versions',
      (order) => `UPDATE orders SET version = 2147483647 WHERE id = ${order}`,
    ],
    ['keep a version', (order) => `UPDATE orders SET status = 'SHIPPED' WHERE id = ${order}`],
    [
      'take a version back',
      (order) => `UPDATE orders SET version = version - 1 WHERE id = ${order}`,
    ],
    ["leave a product's versions out", () => 'UPDATE products SET version = version + 2'],
    ["keep a product's version", () => 'UPDATE products SET updated_at = now()'],
    [
      'place an order that is shipped',
      () => `${anOrder} VALUES (1, 'SHIPPED', now(), now(), now())`,
    ],
    [
      'place an order in the future',
      () => `${anOrder} VALUES (1, 'CREATED', now() + interval '1 hour', now(), now())`,
    ],
    ...["'infinity'", "'-infinity'", "'1969-12-31T23:59:59Z'", "now() + interval '1 hour'"].flatMap(
      (time): [string, (order: number) => string][] => [
        [
          `place an order at ${time}`,
          () => `${anOrder} VALUES (1, 'CREATED', ${time}, now(), now())`,
        ],
        [`create it at ${time}`, () => `${anOrder} VALUES (1, 'CREATED', now(), ${time}, now())`],
        [`change it at ${time}`, () => `${anOrder} VALUES (1, 'CREATED', now(), now(), ${time})`],
        [
          `change a placed one at ${time}`,
          (order) =>
            `UPDATE orders SET version = version + 1, updated_at = ${time} WHERE id = ${order}`,
        ],
        [
          `change a product at ${time}`,
          () => `UPDATE products SET version = version + 1, updated_at = ${time}`,
        ],
      ],
    ),
    [
      'place an order with more items than fit into a request',
      () =>
        `WITH mine AS (${anOrder} VALUES (1, 'CREATED', now(), now(), now()) RETURNING id)
         INSERT INTO order_items SELECT id, position, 1, 1, 1 FROM mine, generate_series(1, 501) AS position`,
    ],
    [
      'give a product a name of two megabytes',
      () =>
        `INSERT INTO products (name, category, price_cents) VALUES (repeat('ä', 1000000), 'b', 1)`,
    ],
    [
      'give it such a category',
      () => `INSERT INTO products (name, category, price_cents) VALUES ('a', repeat('b', 201), 1)`,
    ],
  ])('%s', async (_, statement) => {
    const order = await placeOrder();
    const before = await content();
    await expect(attack(statement(order))).rejects.toMatchObject({ code: '23514' });
    expect(await content()).toEqual(before);
  });

  test.each([
    "INSERT INTO orders (id, customer_id, status, placed_at, created_at, updated_at) OVERRIDING SYSTEM VALUE VALUES (9e15, 1, 'CREATED', now(), now(), now())",
    "INSERT INTO orders (version, customer_id, status, placed_at, created_at, updated_at) VALUES (9, 1, 'CREATED', now(), now(), now())",
    "INSERT INTO products (version, name, category, price_cents) VALUES (9, 'a', 'b', 1)",
    "INSERT INTO products (id, name, category, price_cents) OVERRIDING SYSTEM VALUE VALUES (9e15, 'a', 'b', 1)",
    'UPDATE event_types SET schemaversion = 99',
  ])('%s', async (statement) => {
    await expect(attack(statement)).rejects.toThrow(/permission denied/);
  });
});

const statuses = orderStatuses.flatMap((from) => orderStatuses.map((to) => [from, to] as const));
const ways: Record<OrderStatus, readonly OrderStatus[]> = {
  CREATED: [],
  SHIPPED: ['SHIPPED'],
  DELIVERED: ['SHIPPED', 'DELIVERED'],
  CANCELLED: ['CANCELLED'],
};

test.each(statuses)(
  'the database lets an order go from %s to %s as the service does',
  async (from, to) => {
    const order = await placeOrder();
    const move = (status: OrderStatus) =>
      attack(`UPDATE orders SET status = '${status}', version = version + 1 WHERE id = ${order}`);
    for (const status of ways[from]) await move(status);
    const decision = decide({ status: from, version: 1 }, { status: to, precondition: () => true });
    const moved = move(to).then(
      () => true,
      () => false,
    );
    expect(await moved).toBe(decision !== 'conflict');
  },
);

test('many orders with their items are written by one statement', async () => {
  await attack(
    `WITH placed AS (
       ${anOrder} SELECT n, 'CREATED', now(), now(), now() FROM generate_series(1, 100) AS n RETURNING id
     )
     INSERT INTO order_items SELECT id, position, 1, 1, 1 FROM placed, generate_series(1, 3) AS position`,
  );
});

test('the owner corrects what it likes by SQL', async () => {
  const order = await placeOrder();
  await stack.query(items(`${order}`));
  await stack.query(`UPDATE orders SET version = version + 7 WHERE id = ${order}`);
  await stack.query('UPDATE products SET category = $1', ['corrected']);
});

test('the set-up again leaves the newer schema version that another set-up has declared', async () => {
  await stack.query(`UPDATE event_types SET schemaversion = 7 WHERE type = 'OrderCreated'`);
  await migrate(readMigrationConfig(environment(stack.postgres)), silent);
  expect(
    await stack.query(`SELECT schemaversion FROM event_types WHERE type = 'OrderCreated'`),
  ).toEqual([{ schemaversion: 7 }]);
});
