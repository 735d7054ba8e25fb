import { query } from 'local/query';
import { until } from 'local/until';
import { expectViewsToEqualPostgres } from './support/converge';
import { LocalStack } from './support/local-stack';
import { loseAnEvent } from './support/lost-event';
import { reemit, runAuditor } from './support/operator';
import { sharedStack } from './support/shared-stack';
import { type Answer, Shop } from './support/shop';
import { changeViews } from './support/views-file';

jest.setTimeout(240_000);

let stack: LocalStack;
let shop: Shop;
let laptop: number;
let mouse: number;
let shipped: number;
let cancelled: number;
/** Never sent; then sent, and parked. */
let lost: number;
beforeAll(async () => {
  stack = await sharedStack(LocalStack);
  shop = new Shop(stack.commands);
  laptop = await idOf(shop.createProduct('Laptop', 'Explained', 500));
  mouse = await idOf(shop.createProduct('Mouse', 'Explained', 20));
  shipped = await idOf(
    shop.placeOrder([
      { productId: laptop, quantity: 2, price: 500 },
      { productId: mouse, quantity: 1, price: 19.99 },
    ]),
  );
  cancelled = await idOf(shop.placeOrder([{ productId: laptop, quantity: 1, price: 499.5 }]));
  await shop.changeStatus(shipped, 'SHIPPED');
  await shop.changeStatus(cancelled, 'CANCELLED');
  await expectViewsToEqualPostgres(stack);
});

const idOf = async (answer: Promise<Answer>): Promise<number> => Number((await answer).body.id);

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
  const { code, right, steps, totals } = await explain('product', String(laptop));
  expect({ code, right }).toEqual({ code: 0, right: true });
  expect(steps).toMatchObject([
    { aggregate: `product:${laptop}`, row: 'v1 Laptop in Explained', applied: 'v1' },
    {
      aggregate: `order:${shipped}`,
      row: 'v2 SHIPPED',
      event: matching(new RegExp(`^v2 ${uuid}$`)),
      record: matching(/^order-events\/\d@\d+$/),
      applied: 'v2',
      adds: '1000.00',
      sum: '1000.00',
    },
    {
      aggregate: `order:${cancelled}`,
      row: 'v2 CANCELLED',
      applied: 'v2',
      adds: '0.00',
      sum: '1000.00',
    },
  ]);
  expect(totals.map(({ shown, right: isRight }) => [shown, isRight])).toEqual([
    ['1000.00', true],
    ['1000.00', true],
    ['1000.00', true],
  ]);
});

test('the record is the one that Kafka holds at that place, with that event', async () => {
  const { steps } = await explain('order', String(shipped));
  const order = steps.filter(({ aggregate }) => aggregate === `order:${shipped}`);
  const stored = await query<{ id: string }>(
    stack.database,
    `SELECT id::text FROM outbox WHERE aggregatetype = 'order' AND aggregateid = '${shipped}' ORDER BY aggregateversion`,
  );
  expect(order.map(({ event }) => event)).toEqual(stored.map(({ id }, i) => `v${i + 1} ${id}`));
  const [first, second] = order.map(({ record }) => Number(record.split('@')[1]));
  expect(first).toBeLessThan(second ?? 0);
});

test('a category, and a text that people can read', async () => {
  const { code, stdout } = await runAuditor(stack, 'explain', ['category', 'Explained']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/category-revenue Explained\s+1019\.99\s+right/);
  expect(stdout).toMatch(/right: nothing is missing/);
});

test('a purged outbox row: the event is found in the topic all the same', async () => {
  await query(
    stack.database,
    `DELETE FROM outbox WHERE aggregatetype = 'order' AND aggregateid = '${shipped}'`,
  );
  const { code, steps } = await explain('product', String(mouse));
  expect(code).toBe(0);
  expect(steps.at(-1)).toMatchObject({
    event: matching(/^v2 .* \(purged\)$/),
    record: matching(/^order-events\/\d@\d+$/),
  });
});

test('a wrong row of a view: 1, and the rebuild', async () => {
  await changeViews(
    stack,
    `UPDATE product_sales SET total_cents = total_cents + 7 WHERE product_id = ${laptop}`,
  );
  const { code, faults } = await explain('product', String(laptop));
  await changeViews(
    stack,
    `UPDATE product_sales SET total_cents = total_cents - 7 WHERE product_id = ${laptop}`,
  );
  expect(code).toBe(1);
  expect(faults).toEqual([
    {
      what: `product-sales ${laptop} shows 1000.07, the applied versions add up to 1000.00`,
      repair: 'npm run consumption -- rebuild',
    },
  ]);
});

test('an event that never reached Kafka: 1, and its reemit', async () => {
  lost = await loseAnEvent(stack, mouse);
  const { code, faults } = await explain('order', String(lost));
  expect(code).toBe(1);
  expect(faults).toEqual([
    {
      what: `order:${lost}: PostgreSQL has version 1, the views have version 0: its event is in no record of Kafka`,
      repair: `npm run reemit -- order:${lost}`,
    },
  ]);
});

test('a parked event: 1, where it is and why, and its redrive', async () => {
  await query(
    stack.database,
    `WITH moved AS (UPDATE orders SET version = 2 WHERE id = ${lost} RETURNING id)
     INSERT INTO outbox
     SELECT gen_random_uuid(), 'order', '${lost}', 'OrderStatusUpdated', '{"orderId": ${lost}}', 'order-events',
            2, 1, source_id, NULL, clock_timestamp()
     FROM source, moved`,
  );
  const { code, faults } = await until(async () => {
    const now = await explain('order', String(lost));
    expect(now.faults[0]?.what).toMatch(/parked/);
    return now;
  }, 60_000);
  expect(code).toBe(1);
  expect(faults).toEqual([
    {
      what: matching(new RegExp(`^order:${lost}: order-events/\\d@\\d+ is parked: .*items`)),
      repair: matching(/^npm run dead-letters -- redrive order-events\/\d@\d+$/),
    },
  ]);
});

test('where the system runs in containers, the repair is a command for containers', async () => {
  const variables = { RUN_BY: 'compose' };
  const { stdout } = await runAuditor(stack, 'explain', ['order', String(lost)], variables);
  expect(stdout).toMatch(/→ docker compose exec query-service outbox dead-letters redrive/);
});

test('the state of that order emitted as it is: nothing is parked any more', async () => {
  // Another snapshot would send the broken event again.
  await query(
    stack.database,
    `DELETE FROM outbox WHERE aggregatetype = 'order' AND aggregateid = '${lost}'`,
  );
  reemit(stack, '--as-is', `order:${lost}`);
  await until(async () => {
    expect(await explain('order', String(lost))).toMatchObject({ code: 0, faults: [] });
  }, 60_000);
});

test('a category of more products than an address can name, with others between them', async () => {
  const lastId = await idOf(shop.createProduct('Last', 'Explained', 1));
  // Ids as long as they get: 600 of them, each a range, are 21 kB.
  await query(stack.database, 'ALTER TABLE products ALTER COLUMN id RESTART WITH 9000000000000001');
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
  await query(stack.database, `ALTER TABLE products ALTER COLUMN id RESTART WITH ${lastId + 1}`);
});

test.each([
  ['order', '4711000', 'no such order: 4711000'],
  ['product', '4711000', 'no such product: 4711000'],
  ['customer', '4711000', 'no such customer: 4711000'],
  ['category', 'Nowhere', 'no such category: Nowhere'],
])('%s %s, which is not there: 3, at once', async (kind, id, line) => {
  const began = performance.now();
  expect(await runAuditor(stack, 'explain', ['order', 'x'])).toMatchObject({ code: 64 });
  const asked = performance.now();
  const answer = await runAuditor(stack, 'explain', [kind, id]);
  expect(answer).toEqual({ code: 3, stdout: '', stderr: `${line}\n` });
  // Another look would be a second later; the program itself takes as long as one that does not look.
  expect(performance.now() - asked).toBeLessThan(2_000 + (asked - began));
});

test('wrong arguments: 64; Kafka away: 2', async () => {
  await expect(runAuditor(stack, 'explain', ['order', 'x'])).resolves.toMatchObject({ code: 64 });
  await expect(
    runAuditor(stack, 'explain', ['order', '1'], { KAFKA_BOOTSTRAP_SERVERS: '127.0.0.1:9' }),
  ).resolves.toMatchObject({ code: 2, stderr: matching(/Kafka does not answer/) });
});
