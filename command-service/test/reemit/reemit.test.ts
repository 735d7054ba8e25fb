import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { aggregateTypes } from 'contracts/aggregates';
import { readPayload } from 'contracts/events';
import { DataSource } from 'typeorm';
import { until } from 'local/until';
import { armFailpoints, disarmFailpoints } from 'service-kit/failpoints';
import { oneShotOptions } from '../../src/database';
import { readAggregateNames } from '../../src/reemit/aggregate-name';
import { reemitEvents } from '../../src/reemit/reemit-events';
import { readMigrationConfig } from '../../src/config';
import { migrate } from '../../src/migrate';
import { config, environment, silent, useTestService } from '../support/service';

const stack = useTestService();
afterEach(disarmFailpoints);

beforeEach(async () => {
  await stack.query(
    'TRUNCATE products, orders, order_items, outbox, order_before_change RESTART IDENTITY',
  );
  const { http } = stack;
  await http.post('/api/products', { name: 'Laptop', category: 'Electronics', price: 0.07 });
  const items = [
    { productId: 1, quantity: 2, price: 0.07 },
    { productId: 1, quantity: 1, price: 0.14 },
  ];
  await http.post('/api/orders', { customerId: 7, items, placedAt: '2026-02-27T09:15:00Z' });
  await http.put('/api/orders/1/status', { status: 'SHIPPED' });
});

/** Runs the compiled program (`npm test` compiles first) as an operator does. */
function reemit(args: string[], more: NodeJS.ProcessEnv = {}) {
  return new Promise<{ code: unknown; out: string; err: string }>((resolve) =>
    execFile(
      process.execPath,
      [join(__dirname, '..', '..', '..', 'cli', 'dist', 'main.js'), 'reemit', ...args],
      { env: { ...environment(stack.postgres), ...more } },
      (error, out, err) => resolve({ code: error === null ? 0 : error.code, out, err }),
    ),
  );
}

/** The same in this process, where failpoints are. @returns the event's id */
async function reemitHere(name: string): Promise<string | undefined> {
  const { database, topics } = config(stack.postgres);
  const dataSource = new DataSource(oneShotOptions(database, 'reemit'));
  await dataSource.initialize();
  try {
    for await (const { eventId } of reemitEvents(dataSource, readAggregateNames([name]), topics)) {
      return eventId;
    }
    return undefined;
  } finally {
    await dataSource.destroy();
  }
}

interface OutboxRow {
  readonly id: string;
  readonly type: 'ProductCreated' | 'OrderCreated' | 'OrderStatusUpdated';
  readonly payload: unknown;
  readonly topic: string;
  readonly aggregateversion: number;
  readonly schemaversion: number;
  readonly traceparent: string;
  readonly sourceid: string;
}

const outbox = (type: string) =>
  stack.query<OutboxRow>(
    'SELECT * FROM outbox WHERE aggregatetype = $1 ORDER BY aggregateversion, id',
    [type],
  );
/** Which transaction inserted each row: another one after the row was written again. */
const insertedBy = async () =>
  Object.fromEntries(
    (await stack.query<{ id: string; xmin: string }>('SELECT id, xmin FROM outbox')).map((row) => [
      row.id,
      row.xmin,
    ]),
  );
const entities = () =>
  stack.query(
    `SELECT (SELECT json_agg(products) FROM products) AS products,
            (SELECT json_agg(orders) FROM orders) AS orders,
            (SELECT json_agg(order_items) FROM order_items) AS items`,
  );

test('the newest event of each aggregate is written again as it is; nothing else is touched', async () => {
  const before = { rows: await outbox('order'), entities: await entities() };
  const [product] = await outbox('product');
  const [created, shipped] = before.rows;
  const writtenBefore = await insertedBy();

  expect(await reemit(['order:1', 'product:1'])).toEqual({
    code: 0,
    out:
      `order:1 event ${shipped?.id} version 2 to order-events\n` +
      `product:1 event ${product?.id} version 1 to product-events\n`,
    err: '',
  });

  expect({ rows: await outbox('order'), entities: await entities() }).toEqual(before);
  expect(await outbox('product')).toEqual([product]);
  const written = await insertedBy();
  const again = Object.keys(written).filter((id) => written[id] !== writtenBefore[id]);
  expect(again.sort()).toEqual([shipped?.id, product?.id].sort());
  expect(written[String(created?.id)]).toBe(writtenBefore[String(created?.id)]);
});

test('an older version is written again as it is, as long as it is in the outbox', async () => {
  const [created, shipped] = await outbox('order');
  const writtenBefore = await insertedBy();
  expect(await reemit(['order:1@1'])).toEqual({
    code: 0,
    out: `order:1@1 event ${created?.id} version 1 to order-events\n`,
    err: '',
  });
  expect(await outbox('order')).toEqual([created, shipped]);
  const written = await insertedBy();
  expect(Object.keys(written).filter((id) => written[id] !== writtenBefore[id])).toEqual([
    created?.id,
  ]);

  await stack.query('DELETE FROM outbox WHERE id = $1', [created?.id]);
  expect(await reemit(['order:1@1', 'order:1@3'])).toMatchObject({
    code: 3,
    err: expect.stringMatching(/^there is no order:1@1, order:1@3 \(a version must/) as string,
  });
});

describe('an event whose outbox row is gone is made anew from the entity', () => {
  const cases = [
    ['order:1', 'order', 2],
    ['product:1', 'product', 1],
  ] as const;

  test.each(cases)(
    '%s: the same type, version and payload, by another id',
    async (name, type, version) => {
      const gone = (await outbox(type)).at(-1);
      await stack.query('DELETE FROM outbox WHERE id = $1', [gone?.id]);
      const before = await entities();
      const { code, out } = await reemit([name]);

      const row = (await outbox(type)).at(-1);
      expect([code, out]).toEqual([
        0,
        `${name} event ${row?.id} version ${version} to ${type}-events (made anew: its outbox row is gone)\n`,
      ]);
      expect(row?.id).not.toBe(gone?.id);
      expect(row).toEqual({ ...gone, id: row?.id, traceparent: row?.traceparent });
      if (row !== undefined) readPayload(row.type, row.schemaversion, row.payload);
      expect(await entities()).toEqual(before);
    },
  );

  test('an order that has only been created is OrderCreated', async () => {
    await stack.http.post('/api/orders', {
      customerId: 1,
      items: [{ productId: 1, quantity: 1, price: 1 }],
    });
    await stack.query(`DELETE FROM outbox WHERE aggregateid = '2'`);
    await reemit(['order:2']);
    expect(
      await stack.query(`SELECT type, aggregateversion FROM outbox WHERE aggregateid = '2'`),
    ).toEqual([{ type: 'OrderCreated', aggregateversion: 1 }]);
  });

  test('to the topic of the configuration', async () => {
    await stack.query('DELETE FROM outbox');
    const renamed = { ...environment(stack.postgres), ORDER_TOPIC: 'other-orders' };
    await migrate(readMigrationConfig(renamed), silent);
    const { out } = await reemit(['order:1'], { ORDER_TOPIC: 'other-orders' });
    expect(out).toMatch(/ to other-orders /);
    await migrate(readMigrationConfig(environment(stack.postgres)), silent);
  });

  test('one of another source id is not written again: it is of the history before a restore', async () => {
    const old = '00000000-0000-4000-8000-000000000000';
    await stack.query(`UPDATE outbox SET sourceid = $1 WHERE aggregateversion = 2`, [old]);
    expect((await reemit(['order:1'])).out).toMatch(/made anew/);
    const [source] = await stack.query<{ id: string }>('SELECT source_id AS id FROM source');
    const sources = (await outbox('order')).slice(1).map(({ sourceid }) => sourceid);
    expect(sources.sort()).toEqual([old, source?.id].sort());
  });

  test('two at once make one', async () => {
    await stack.query('DELETE FROM outbox');
    // Each looks before the other has written, unless it must wait.
    armFailpoints('find-event=delay:500');
    const [first, second] = await Promise.all([reemitHere('product:1'), reemitHere('product:1')]);
    expect(first).toBe(second);
    expect((await outbox('product')).map(({ id }) => id)).toEqual([first]);
  });
});

test('while an order changes, its newest event is the one of the change', async () => {
  armFailpoints('append-event=delay:1500');
  const changing = stack.http.put('/api/orders/1/status', { status: 'DELIVERED' });
  await until(async () => {
    const open = await stack.query(
      `SELECT FROM pg_stat_activity WHERE application_name = 'command-service' AND state = 'idle in transaction'`,
    );
    expect(open).toHaveLength(1);
  }, 60_000);
  const { out } = await reemit(['order:1']);
  expect((await changing).status).toBe(200);
  expect(out).toMatch(/ version 3 to order-events\n$/);
  expect((await outbox('order')).map((row) => row.aggregateversion)).toEqual([1, 2, 3]);
});

describe('--as-is tells of what SQL has changed under a new version', () => {
  const told = async (type: string) =>
    (await outbox(type)).map(({ aggregateversion, payload }) => ({
      aggregateversion,
      ...(payload as object),
    }));

  test('a product: its name, category and price as they are now', async () => {
    await stack.query(`UPDATE products SET category = 'Drift', name = 'Lap top', price_cents = 8`);
    const { code, out, err } = await reemit(['--as-is', 'product:1']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^product:1 event \S+ version 2 to product-events \(as it is now\)\n$/);
    expect((await told('product')).at(-1)).toMatchObject({
      ...{ aggregateversion: 2, name: 'Lap top', category: 'Drift', price: '0.08' },
    });
    expect((await stack.http.get('/api/products/1')).headers.get('etag')).toBe('"2"');
  });

  const items = [
    { productId: 1, quantity: 2, price: '0.07' },
    { productId: 1, quantity: 1, price: '0.14' },
  ];

  test("an order's status: its content is told once, for it is counted so", async () => {
    await stack.query(`UPDATE orders SET status = 'CANCELLED'`);
    await reemit(['--as-is', 'order:1']);
    expect((await told('order')).slice(2)).toMatchObject([
      { aggregateversion: 3, status: 'CANCELLED', items },
    ]);
  });

  test.each([
    ['in the outbox still', 'SELECT'],
    ['purged from the outbox', 'DELETE FROM outbox'],
    ['in the outbox still, and nothing was noted', 'TRUNCATE order_before_change'],
  ])(
    "an order's items, its events %s: told as they count and cancelled, then as they are",
    async (_, gone) => {
      await stack.query('UPDATE order_items SET price_cents = price_cents + 1, quantity = 3');
      await stack.query(`UPDATE orders SET customer_id = 8, placed_at = '2026-02-28T10:00:00Z'`);
      await stack.query(gone);
      const { code, out } = await reemit(['--as-is', 'order:1']);
      expect(code).toBe(0);
      expect(out.match(/version \d/g)).toEqual(['version 3', 'version 4']);
      expect((await told('order')).slice(-2)).toMatchObject([
        {
          ...{ aggregateversion: 3, status: 'CANCELLED', items, customerId: 7 },
          placedAt: '2026-02-27T09:15:00.000Z',
        },
        {
          ...{ aggregateversion: 4, status: 'SHIPPED', customerId: 8 },
          items: [
            { productId: 1, quantity: 3, price: '0.08' },
            { productId: 1, quantity: 3, price: '0.15' },
          ],
          placedAt: '2026-02-28T10:00:00.000Z',
        },
      ]);

      // Asked again, it is told again, once: nothing has to be taken out any more.
      await reemit(['--as-is', 'order:1']);
      expect((await told('order')).slice(-1)).toMatchObject([
        { aggregateversion: 5, customerId: 8 },
      ]);
      expect(await stack.query('SELECT FROM order_before_change')).toEqual([]);
    },
  );

  test('a status change after the SQL does not hide what counts', async () => {
    await stack.query('UPDATE order_items SET price_cents = 99');
    await stack.http.put('/api/orders/1/status', { status: 'DELIVERED' });
    await reemit(['--as-is', 'order:1']);
    expect((await told('order')).slice(-2)).toMatchObject([
      { aggregateversion: 4, status: 'CANCELLED', items },
      { aggregateversion: 5, status: 'DELIVERED' },
    ]);
  });

  test('placing orders and moving them notes nothing', async () => {
    expect(await stack.query('SELECT FROM order_before_change')).toEqual([]);
  });
});

const kinds = aggregateTypes.map((type) => `${type}:<id>`).join(' or ');

describe('what cannot be done is one clear line, and changes nothing', () => {
  test.each([
    [['order:99'], 'there is no order:99'],
    [
      ['order:1', 'product:8', 'order:9007199254740991'],
      'there is no product:8, order:9007199254740991',
    ],
  ])('what is not there, exit code 3: %j', async (args, line) => {
    const before = await insertedBy();
    expect(await reemit(args)).toEqual({ code: 3, out: '', err: `${line}\n` });
    expect(await insertedBy()).toEqual(before);
  });

  test.each([
    [[], 'which ones? For example: order:17 product:1'],
    [['order'], `"order" is no aggregate: write ${kinds}`],
    [['--as-is'], 'which ones? For example: order:17 product:1'],
    [['--as-is', 'order:1@2'], '--as-is tells of the present version: without @'],
    [['order:1', 'order:x'], `"order:x" is no aggregate: write ${kinds}`],
    [['order:0'], `"order:0" is no aggregate: write ${kinds}`],
    [['order:9007199254740992'], `"order:9007199254740992" is no aggregate: write ${kinds}`],
    [
      ["order:1'; DROP TABLE outbox"],
      `"order:1'; DROP TABLE outbox" is no aggregate: write ${kinds}`,
    ],
    [['galaxy:1'], `"galaxy:1" is no aggregate: write ${kinds}`],
    [['--purged', 'order:1'], '--purged goes alone'],
  ])('wrong arguments, exit code 64: %j', async (args, line) => {
    const before = await insertedBy();
    expect(await reemit(args)).toEqual({
      code: 64,
      out: '',
      err: `error: ${line}\n(--help says how)\n`,
    });
    expect(await insertedBy()).toEqual(before);
  });

  test('a configuration without the password', async () => {
    const { code, err } = await reemit(['order:1'], { SERVICE_DB_PASSWORD: undefined });
    expect(code).toBe(64);
    expect(err).toMatch(/^configuration: SERVICE_DB_PASSWORD is missing .*\n$/);
  });
});

test('a database that is away is one line and exit code 2', async () => {
  const { code, err } = await reemit(['order:1'], { DB_PORT: '1' });
  expect(code).toBe(2);
  expect(err).toMatch(/^.*ECONNREFUSED.*\n$/);
});
