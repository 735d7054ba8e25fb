import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { query } from 'local/query';
import { until } from 'local/until';
import { withAdmin } from '../../kafka-client/test/support/plain-client';
import { expectViewsToEqualPostgres, metric } from '../support/converge';
import { LocalStack } from '../support/local-stack';
import { runAuditor } from '../support/operator';
import { follow } from '../support/runbook';
import { Shop } from '../support/shop';
import { randomWorkload } from '../support/workload';

// One stack, damaged and mended again and again by the commands of docs/operations.md.
jest.setTimeout(300_000);

const deadlineMs = 90_000;
let stack: LocalStack;
let ordersInBackup: number;
beforeAll(async () => {
  stack = await LocalStack.start();
  await work(1, 5);
});
afterAll(() => stack.remove());

test('backups are taken while commands flow', async () => {
  const flow = work(2);
  const output = await follow('Backups', stack).finally(() => flow.catch(() => undefined));
  expect(output).toMatch(/views\.sqlite: \d+ bytes/);
  ordersInBackup = await countOrders();
  await work(3);
  await expectViewsToEqualPostgres(stack, deadlineMs);
});

test('the views file is deleted: halted, reads untrusted; `rebuild` fills it anew', async () => {
  const folder = join(stack.folder, 'query-service');
  const serving = readFileSync(join(folder, 'current'), 'utf8').trim();
  for (const file of readdirSync(folder)) if (file.startsWith(serving)) rmSync(join(folder, file));
  await untilHalted(/the database file .* was deleted/);

  await follow('Views file lost', stack);
  await mended();
});

test('a backup of the views is put in place: it catches up by itself', async () => {
  const before = await offsetsStored();
  await follow('Views file restored', stack);
  expect((await status()).file).toContain('restored.sqlite');
  await mended();
  expect(await offsetsStored()).toBeGreaterThanOrEqual(before);
});

test("Connect's topics are deleted while it runs: a restart of Connect, and the keeper does the rest", async () => {
  const duplicates = await metric(stack, 'events_duplicate_total');
  await withAdmin(stack.bootstrapServers, (admin) =>
    admin.deleteTopics({ topics: ['connect-configs', 'connect-offsets', 'connect-status'] }),
  );
  await follow("Connect's topics lost", stack);
  await until(async () => {
    expect(await metric(stack, 'events_duplicate_total')).toBeGreaterThan(duplicates);
  }, deadlineMs);
  await mended();
});

test("Kafka's data is gone, and some events from the outbox too: nothing is missing", async () => {
  await expectViewsToEqualPostgres(stack, deadlineMs);
  await query(stack.database, 'DELETE FROM outbox WHERE aggregateid::int <= 3');
  const output = await follow("Kafka's data lost", stack);
  expect(output).toMatch(/^product:1 .*made anew/m);
  await mended();
  // The topics alone are enough again for views from the very beginning.
  await follow('Views file lost', stack);
  await mended();
});

test('PostgreSQL is restored from the backup: another source id, no id twice, views of what there is now', async () => {
  const [before] = await query<{ source_id: string }>(
    stack.database,
    'SELECT source_id FROM source',
  );
  const lastId = await countOrders();
  expect(lastId).toBeGreaterThan(ordersInBackup);

  const output = await follow('PostgreSQL restored from a backup', stack);
  expect(output).toContain('it emits the whole outbox');
  await until(async () => expect((await status()).notReady).toEqual([]), deadlineMs);
  expect(await countOrders()).toBe(ordersInBackup);
  const history = await query(stack.database, 'SELECT source_id, reason FROM source_history');
  expect(history).toEqual([{ source_id: before?.source_id, reason: 'restored the last backup' }]);
  const placed = await new Shop(stack.commands).placeOrder([
    { productId: 1, quantity: 1, price: 1 },
  ]);
  expect(placed.body.id).toBeGreaterThan(lastId);
  await mended();
});

/** New commands flow, the views equal PostgreSQL, and `reconcile` says so and is believed. */
async function mended(): Promise<void> {
  await work(4);
  await expectViewsToEqualPostgres(stack, deadlineMs);
  expect(await runAuditor(stack, 'reconcile', [])).toMatchObject({ code: 0 });
  const answer = await fetch(`${stack.queries}/api/analytics/products/1/sales`);
  expect(answer.headers.get('Views-State')).toBe('current');
}

async function work(seed: number, products = 1): Promise<void> {
  await randomWorkload(new Shop(stack.commands), { products, commands: 60, seed });
}

interface Status {
  readonly file: string | null;
  readonly notReady: string[];
  readonly stored: { offset: number | string }[];
}

async function status(): Promise<Status> {
  return (await (await fetch(`${stack.queryAdmin}/consumption`)).json()) as Status;
}

async function offsetsStored(): Promise<number> {
  return (await status()).stored.reduce((sum, { offset }) => sum + Number(offset), 0);
}

async function untilHalted(reason: RegExp): Promise<void> {
  await until(async () => {
    expect((await status()).notReady.join()).toMatch(reason);
    expect(await metric(stack, 'consumption_halted')).toBe(1);
  }, deadlineMs);
}

async function countOrders(): Promise<number> {
  const [row] = await query<{ orders: number }>(
    stack.database,
    'SELECT count(*)::int AS orders FROM orders',
  );
  return row?.orders ?? 0;
}
