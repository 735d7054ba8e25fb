import type { Pipeline } from 'contracts/pipeline';
import { query } from 'local/query';
import { until } from 'local/until';
import { expectViewsToEqualPostgres } from './support/converge';
import { LocalStack } from './support/local-stack';
import { reemit, runAuditor } from './support/operator';
import { sharedStack } from './support/shared-stack';
import { Shop } from './support/shop';

jest.setTimeout(240_000);

const soonMs = 60_000;

let stack: LocalStack;
let products: number[];
let orders: number[];
beforeAll(async () => {
  stack = await sharedStack(LocalStack);
  const shop = new Shop(stack.commands);
  products = [];
  for (const name of ['Laptop', 'Mouse']) {
    const { body } = await shop.createProduct(name, 'Electronics', 500);
    products.push(Number(body.id));
  }
  const [laptop = 0, mouse = 0] = products;
  orders = [];
  for (let placed = 0; placed < 4; placed++) {
    const { body } = await shop.placeOrder([
      { productId: laptop, quantity: 2, price: 500 },
      { productId: mouse, quantity: 1, price: 19.99 },
    ]);
    orders.push(Number(body.id));
  }
  await shop.changeStatus(orders[1] ?? 0, 'SHIPPED');
  await expectViewsToEqualPostgres(stack);
});

const product = (index: number) => () => ({ type: 'product', id: products[index] ?? 0 });
const order = (index: number) => () => ({ type: 'order', id: orders[index] ?? 0 });

type Corrected = () => { type: string; id: number };
const corrections: [string, Corrected, (id: number) => string][] = [
  ['category', product(0), (id) => `UPDATE products SET category = 'Drift' WHERE id = ${id}`],
  ['name', product(1), (id) => `UPDATE products SET name = 'Track ball' WHERE id = ${id}`],
  ['price', product(1), (id) => `UPDATE products SET price_cents = 1 WHERE id = ${id}`],
  ['status', order(0), (id) => `UPDATE orders SET status = 'CANCELLED' WHERE id = ${id}`],
  [
    "item's price",
    order(1),
    (id) => `UPDATE order_items SET price_cents = 4999 WHERE order_id = ${id}`,
  ],
  [
    "item's quantity",
    order(2),
    (id) => `UPDATE order_items SET quantity = 7 WHERE order_id = ${id}`,
  ],
  [
    "item's product, customer and hour, and the events purged",
    order(3),
    (id) => `
      UPDATE order_items SET product_id = ${products[0]}, quantity = 1 WHERE order_id = ${id};
      UPDATE orders SET customer_id = 9, placed_at = '2026-02-27T09:15:00Z' WHERE id = ${id};
      DELETE FROM outbox WHERE aggregatetype = 'order' AND aggregateid = '${id}'`,
  ],
];

test.each(corrections)(
  'a corrected %s: reconcile, explain and the keeper name it and one command, which makes all of them equal',
  async (_, corrected, correction) => {
    const { type, id } = corrected();
    const key = `${type}:${id}`;
    await query(stack.database, correction(id));
    const command = `npm run reemit -- --as-is ${key}`;

    const [reconciled, explained] = await Promise.all([
      runAuditor(stack, 'reconcile', ['--json', '--deadline', '1']),
      runAuditor(stack, 'explain', [type, String(id), '--json']),
    ]);
    expect(reconciled.code).toBe(1);
    const { listed, repairs } = JSON.parse(reconciled.stdout) as {
      listed: { key: string; problem: string }[];
      repairs: string[];
    };
    expect(repairs).toEqual([command]);
    expect(listed.filter(({ problem }) => problem !== 'total')).toMatchObject([
      { key, problem: 'changed' },
    ]);
    expect(explained.code).toBe(1);
    expect(JSON.parse(explained.stdout)).toMatchObject({ faults: [{ repair: command }] });
    await until(async () => expect(await keeperDifferences()).toBe(1), soonMs);

    reemit(stack, '--as-is', key);
    await expectViewsToEqualPostgres(stack);
    const afterwards = await Promise.all([
      runAuditor(stack, 'reconcile', ['--json']),
      runAuditor(stack, 'explain', [type, String(id)]),
    ]);
    expect(afterwards).toMatchObject([{ code: 0 }, { code: 0 }]);
    await until(async () => expect(await keeperDifferences()).toBe(0), soonMs);
  },
);

test('a rebuild from the beginning of the topics ends in the corrected totals', async () => {
  const before = await expectViewsToEqualPostgres(stack);
  const consumption = async () =>
    (await (await fetch(`${stack.queryAdmin}/consumption`)).json()) as {
      file: string;
      state: string;
    };
  const { file } = await consumption();
  const asked = await fetch(`${stack.queryAdmin}/consumption/rebuild`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
  });
  expect(asked.status).toBe(200);
  await until(async () => {
    const now = await consumption();
    expect(now.state).toBe('current');
    expect(now.file).not.toBe(file);
  }, soonMs);
  expect(await expectViewsToEqualPostgres(stack)).toEqual(before);
});

async function keeperDifferences(): Promise<number | undefined> {
  const { comparisons } = (await (await fetch(`${stack.queries}/api/pipeline`)).json()) as Pipeline;
  return comparisons?.[0]?.differences;
}
