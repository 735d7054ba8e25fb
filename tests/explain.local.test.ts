import { query } from 'local/query';
import { until } from 'local/until';
import { expectViewsToEqualPostgres } from './support/converge';
import { LocalStack } from './support/local-stack';
import { runAuditor } from './support/reconcile-cli';
import { Shop } from './support/shop';
import { changeViews } from './support/views-file';

jest.setTimeout(240_000);

let stack: LocalStack;
let shop: Shop;
beforeAll(async () => {
  stack = await LocalStack.start();
  shop = new Shop(stack.commands);
  await shop.createProduct('Laptop', 'Electronics', 500);
  await shop.createProduct('Mouse', 'Electronics', 20);
  await shop.placeOrder([
    { productId: 1, quantity: 2, price: 500 },
    { productId: 2, quantity: 1, price: 19.99 },
  ]);
  await shop.placeOrder([{ productId: 1, quantity: 1, price: 499.5 }]);
  await shop.changeStatus(1, 'SHIPPED');
  await shop.changeStatus(2, 'CANCELLED');
  await expectViewsToEqualPostgres(stack);
});
afterAll(() => stack.remove());

interface Explained {
  right: boolean;
  steps: Record<'aggregate' | 'row' | 'event' | 'record' | 'applied' | 'adds' | 'sum', string>[];
  totals: { view: string; shown: string; right: boolean }[];
  faults: { what: string; repair: string }[];
}

async function explain(...args: string[]): Promise<{ code: number | null } & Explained> {
  const { code, stdout, stderr } = await runAuditor(stack, 'explain', [...args, '--json']);
  if (stdout === '') throw new Error(stderr);
  return { code, ...(JSON.parse(stdout) as Explained) };
}

const matching = (pattern: RegExp): string => expect.stringMatching(pattern) as string;
const uuid = '[0-9a-f-]{36}';

test('a total: every cent from its row over event, record and version to the sum', async () => {
  const { code, right, steps, totals } = await explain('product', '1');
  expect({ code, right }).toEqual({ code: 0, right: true });
  expect(steps).toMatchObject([
    { aggregate: 'product:1', row: 'v1 Laptop in Electronics', applied: 'v1' },
    {
      aggregate: 'order:1',
      row: 'v2 SHIPPED',
      event: matching(new RegExp(`^v2 ${uuid}$`)),
      record: matching(/^order-events\/\d@\d+$/),
      applied: 'v2',
      adds: '1000.00',
      sum: '1000.00',
    },
    { aggregate: 'order:2', row: 'v2 CANCELLED', applied: 'v2', adds: '0.00', sum: '1000.00' },
  ]);
  expect(totals.map(({ shown, right: isRight }) => [shown, isRight])).toEqual([
    ['1000.00', true],
    ['1000.00', true],
    ['1000.00', true],
  ]);
});

test('the record is the one that Kafka holds at that place, with that event', async () => {
  const { steps } = await explain('order', '1');
  const order = steps.filter(({ aggregate }) => aggregate === 'order:1');
  const stored = await query<{ id: string }>(
    stack.database,
    "SELECT id::text FROM outbox WHERE aggregatetype = 'order' AND aggregateid = '1' ORDER BY aggregateversion",
  );
  expect(order.map(({ event }) => event)).toEqual(stored.map(({ id }, i) => `v${i + 1} ${id}`));
  const [first, second] = order.map(({ record }) => Number(record.split('@')[1]));
  expect(first).toBeLessThan(second ?? 0);
});

test('a category, and a text that people can read', async () => {
  const { code, stdout } = await runAuditor(stack, 'explain', ['category', 'Electronics']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/category-revenue Electronics\s+1019\.99\s+right/);
  expect(stdout).toMatch(/right: nothing is missing/);
});

test('a purged outbox row: the event is found in the topic all the same', async () => {
  await query(
    stack.database,
    "DELETE FROM outbox WHERE aggregatetype = 'order' AND aggregateid = '1'",
  );
  const { code, steps } = await explain('product', '2');
  expect(code).toBe(0);
  expect(steps.at(-1)).toMatchObject({
    event: matching(/^v2 .* \(purged\)$/),
    record: matching(/^order-events\/\d@\d+$/),
  });
});

test('a wrong row of a view: 1, and the rebuild', async () => {
  await changeViews(
    stack,
    'UPDATE product_sales SET total_cents = total_cents + 7 WHERE product_id = 1',
  );
  const { code, faults } = await explain('product', '1');
  await changeViews(
    stack,
    'UPDATE product_sales SET total_cents = total_cents - 7 WHERE product_id = 1',
  );
  expect(code).toBe(1);
  expect(faults).toEqual([
    {
      what: 'product-sales 1 shows 1000.07, the applied versions add up to 1000.00',
      repair: 'npm run consumption -- rebuild',
    },
  ]);
});

test('an event that never reached Kafka: 1, and its reemit', async () => {
  await query(
    stack.database,
    `WITH placed AS (
       INSERT INTO orders (customer_id, status, placed_at, created_at, updated_at)
       VALUES (1, 'CREATED', now(), now(), now()) RETURNING id
     ) INSERT INTO order_items SELECT id, 1, 2, 1, 999 FROM placed`,
  );
  const { code, faults } = await explain('order', '3');
  expect(code).toBe(1);
  expect(faults).toEqual([
    {
      what: 'order:3: PostgreSQL has version 1, the views have version 0: its event is in no record of Kafka',
      repair: 'npm run reemit -- order:3',
    },
  ]);
});

test('a parked event: 1, where it is and why, and its redrive', async () => {
  await query(
    stack.database,
    `WITH moved AS (UPDATE orders SET version = 2 WHERE id = 3 RETURNING id)
     INSERT INTO outbox
     SELECT gen_random_uuid(), 'order', '3', 'OrderStatusUpdated', '{"orderId": 3}', 'order-events',
            2, 1, source_id, NULL, clock_timestamp()
     FROM source, moved`,
  );
  const { code, faults } = await until(async () => {
    const now = await explain('order', '3');
    expect(now.faults[0]?.what).toMatch(/parked/);
    return now;
  }, 30_000);
  expect(code).toBe(1);
  expect(faults).toEqual([
    {
      what: matching(/^order:3: order-events\/\d@\d+ is parked: .*items/),
      repair: matching(/^npm run dead-letters -- redrive order-events\/\d@\d+$/),
    },
  ]);
});

test('where the system runs in containers, the repair is a command for containers', async () => {
  const variables = { RUN_BY: 'compose' };
  const { stdout } = await runAuditor(stack, 'explain', ['order', '3'], variables);
  expect(stdout).toMatch(
    /→ docker compose exec query-service node dist\/dead-letters-cli.js redrive/,
  );
});

test('a category of more products than an address can name, with others between them', async () => {
  // Ids as long as they get: 600 of them, each a range, are 21 kB.
  const restart = 'ALTER TABLE products ALTER COLUMN id RESTART WITH 9000000000000001';
  await query(stack.database, restart);
  const ids: number[] = [];
  for (let i = 0; i < 600; i++) {
    for (const [name, category] of [
      [`Screw ${i}`, 'Screws'],
      [`Nut ${i}`, 'Nuts'],
    ] as const) {
      const { body } = await shop.createProduct(name, category, 1);
      ids.push(Number(body.id));
    }
  }
  await shop.placeOrder(
    ids.map((productId) => ({ productId, quantity: 1, price: 1 })).slice(0, 500),
  );
  await until(async () => {
    const { right, steps, totals } = await explain('category', 'Screws');
    expect({ right, steps: steps.length }).toEqual({ right: true, steps: 601 });
    expect(totals).toMatchObject([{ view: 'category-revenue Screws', shown: '250.00' }]);
  }, 60_000);
});

test('wrong arguments: 64; Kafka away: 2', async () => {
  await expect(runAuditor(stack, 'explain', ['order', 'x'])).resolves.toMatchObject({ code: 64 });
  await expect(
    runAuditor(stack, 'explain', ['order', '1'], { KAFKA_BOOTSTRAP_SERVERS: '127.0.0.1:9' }),
  ).resolves.toMatchObject({ code: 2, stderr: matching(/Kafka does not answer/) });
});
