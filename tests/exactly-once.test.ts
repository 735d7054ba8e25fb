import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { query } from 'local/query';
import { until } from 'local/until';
import { expectViewsToEqualPostgres, metric } from './support/converge';
import { Shop } from './support/shop';
import { Stack } from './support/stack';
import { randomWorkload } from './support/workload';

jest.setTimeout(240_000);

const products = 20;
const commands = 1_000;

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.remove());

test(`${commands} random commands while the query service is killed three times: the views equal PostgreSQL to the cent`, async () => {
  const kills: Promise<void>[] = [];
  await randomWorkload(new Shop(stack.commands), { products, commands, seed: 1 }, (done) => {
    if (done % 300 === 0) kills.push(killNext(kills.at(-1)));
  });
  await Promise.all(kills);

  expect(kills).toHaveLength(3);
  await expectViewsToEqualPostgres(stack);
  const [outbox] = await query<{ events: string }>(
    stack.database,
    'SELECT count(*) AS events FROM outbox',
  );
  expect(Number(outbox?.events)).toBe(products + commands);
});

test("the connector's offsets reset: everything is emitted again, the views stay, duplicates are counted", async () => {
  const before = await expectViewsToEqualPostgres(stack);
  const duplicates = await metric(stack, 'events_duplicate_total');
  const connector = `${stack.connect}/connectors/outbox-relay`;

  await expectOk(fetch(`${connector}/stop`, { method: 'PUT' }));
  // With the slot gone too, the snapshot and the stream after it meet exactly (debezium/README.md).
  const drop = "SELECT pg_drop_replication_slot('relay')";
  await until(() => query(stack.database, drop), 30_000);
  await until(() => expectOk(fetch(`${connector}/offsets`, { method: 'DELETE' })), 30_000);
  await expectOk(fetch(`${connector}/resume`, { method: 'PUT' }));

  await until(async () => {
    const now = await metric(stack, 'events_duplicate_total');
    expect(now - duplicates).toBe(products + commands);
  }, 60_000);
  expect(await expectViewsToEqualPostgres(stack)).toEqual(before);
});

test('events emitted again one by one arrive again, a purged one too, and count nothing twice', async () => {
  const before = await expectViewsToEqualPostgres(stack);
  const duplicates = await metric(stack, 'events_duplicate_total');
  await query(
    stack.database,
    `DELETE FROM outbox WHERE aggregatetype = 'product' AND aggregateid = '1'`,
  );

  const lines = reemit('order:1', 'product:1', 'product:2').trim().split('\n');
  expect(lines.map((line) => line.replace(/event \S+ version \d+/, ''))).toEqual([
    'order:1  to order-events',
    'product:1  to product-events (made anew: its outbox row is gone)',
    'product:2  to product-events',
  ]);

  await until(async () => {
    expect((await metric(stack, 'events_duplicate_total')) - duplicates).toBe(3);
  }, 60_000);
  expect(await expectViewsToEqualPostgres(stack)).toEqual(before);
});

/** As an operator does it, for the database of this stack. */
function reemit(...aggregates: string[]): string {
  return execFileSync('npm', ['run', '--silent', 'reemit', '--', ...aggregates], {
    cwd: join(__dirname, '..'),
    env: { ...process.env, DB_PORT: String(stack.database.port) },
    encoding: 'utf8',
  });
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
