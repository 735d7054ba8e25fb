import { query } from 'local/query';
import { until } from 'local/until';
import { expectViewsToEqualPostgres, metric } from './support/converge';
import { reemit } from './support/operator';
import { Shop } from './support/shop';
import { Stack } from './support/stack';
import { randomWorkload } from './support/workload';

jest.setTimeout(360_000);

const products = 20;
const commands = 1_000;

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.shared();
});

test(`${commands} random commands while the query service is killed three times: the views equal PostgreSQL to the cent`, async () => {
  const kills: Promise<void>[] = [];
  const before = await outboxRows();
  await randomWorkload(new Shop(stack.commands), { products, commands, seed: 1 }, (done) => {
    if (done % 300 === 0) kills.push(killNext(kills.at(-1)));
  });
  await Promise.all(kills);

  expect(kills).toHaveLength(3);
  await expectViewsToEqualPostgres(stack);
  expect((await outboxRows()) - before).toBe(products + commands);
});

test("the connector's offsets reset: everything is emitted again, the views stay, duplicates are counted", async () => {
  const before = await expectViewsToEqualPostgres(stack);
  const duplicates = await metric(stack, 'events_duplicate_total');
  const rows = await outboxRows();
  const connector = `${stack.connect}/connectors/outbox-relay`;

  await expectOk(fetch(`${connector}/stop`, { method: 'PUT' }));
  // With the slot gone too, the snapshot and the stream after it meet exactly (debezium/README.md).
  const drop = "SELECT pg_drop_replication_slot('relay')";
  await until(() => query(stack.database, drop), 60_000);
  await until(() => expectOk(fetch(`${connector}/offsets`, { method: 'DELETE' })), 60_000);
  await expectOk(fetch(`${connector}/resume`, { method: 'PUT' }));

  await until(async () => {
    const now = await metric(stack, 'events_duplicate_total');
    expect(now - duplicates).toBe(rows);
  }, 60_000);
  expect(await expectViewsToEqualPostgres(stack)).toEqual(before);
});

test('events emitted again one by one arrive again, a purged one too, and count nothing twice', async () => {
  const duplicates = await metric(stack, 'events_duplicate_total');
  const shop = new Shop(stack.commands);
  const purged = String((await shop.createProduct('Purged', 'Books', 1)).body.id);
  const kept = Number((await shop.createProduct('Kept', 'Books', 1)).body.id);
  const placed = await shop.placeOrder([{ productId: kept, quantity: 1, price: 1 }]);
  const order = String(placed.body.id);
  const before = await expectViewsToEqualPostgres(stack);
  await query(
    stack.database,
    `DELETE FROM outbox WHERE aggregatetype = 'product' AND aggregateid = '${purged}'`,
  );

  const lines = reemit(stack, `order:${order}`, `product:${purged}`, `product:${kept}`);
  expect(
    lines
      .trim()
      .split('\n')
      .map((line) => line.replace(/event \S+ version \d+/, '')),
  ).toEqual([
    `order:${order}  to order-events`,
    `product:${purged}  to product-events (made anew: its outbox row is gone)`,
    `product:${kept}  to product-events`,
  ]);

  await until(async () => {
    expect((await metric(stack, 'events_duplicate_total')) - duplicates).toBe(3);
  }, 60_000);
  expect(await expectViewsToEqualPostgres(stack)).toEqual(before);
});

async function outboxRows(): Promise<number> {
  const [outbox] = await query<{ rows: string }>(
    stack.database,
    'SELECT count(*) AS rows FROM outbox',
  );
  return Number(outbox?.rows);
}

/** Once it has been restarted after the kill before. */
async function killNext(before: Promise<void> | undefined): Promise<void> {
  await before;
  await stack.kill('query-service');
}

async function expectOk(answer: Promise<Response>): Promise<void> {
  const { ok, status, url } = await answer;
  if (!ok) throw new Error(`${url}: ${status}`);
}
