import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { query } from 'local/query';
import { until } from 'local/until';
import { reconcile } from 'reconcile/reconcile';
import { expectViewsToEqualPostgres } from './support/converge';
import { LocalStack } from './support/local-stack';
import { forget, loseAnEvent } from './support/lost-event';
import { readViews, recompute } from './support/oracle';
import { runAuditor } from './support/operator';
import { sharedStack } from './support/shared-stack';
import { Shop } from './support/shop';
import { changeViews } from './support/views-file';
import { randomWorkload } from './support/workload';

jest.setTimeout(240_000);

const products = 10;

let stack: LocalStack;
/** Products that have sold, and an order. */
let first: number;
let second: number;
let order: number;
beforeAll(async () => {
  stack = await sharedStack(LocalStack);
  const shop = new Shop(stack.commands);
  [first = 0, second = 0] = await randomWorkload(shop, { products: 2, commands: 20, seed: 3 });
  const { body } = await shop.placeOrder([{ productId: first, quantity: 1, price: 1.5 }]);
  order = Number(body.id);
  await expectViewsToEqualPostgres(stack);
});

/** What `npm run reconcile -- --json` says, and its exit code. */
async function verdict(deadline = 1, variables: NodeJS.ProcessEnv = {}) {
  const args = ['--json', '--deadline', String(deadline)];
  const { code, stdout, stderr } = await runAuditor(stack, 'reconcile', args, variables);
  const parsed = (stdout === '' ? { listed: [] } : JSON.parse(stdout)) as {
    listed: Record<string, unknown>[];
  };
  return { code, stderr, listed: parsed.listed, keys: parsed.listed.map(({ key }) => key).sort() };
}

test('while commands, cancellations and late orders run, no comparison raises a false alarm', async () => {
  const shop = new Shop(stack.commands);
  let running = true;
  let comparisons = 0;
  // Until there were enough, however long one takes.
  const workload = (async () => {
    for (let seed = 5; running && comparisons <= 5; seed++) {
      await randomWorkload(shop, { products, commands: 600, seed });
    }
  })().finally(() => {
    running = false;
  });
  const comparing = (async () => {
    while (running) {
      const { findings } = await reconcile({
        replica: { url: stack.queryAdmin },
        database: stack.database,
        deadlineMs: 10_000,
      });
      expect(findings.list).toEqual([]);
      comparisons++;
    }
  })().finally(() => {
    running = false;
  });
  await Promise.all([workload, comparing]);
});

test('what arrives while a comparison begins is no false alarm: the query service is read first', async () => {
  const shop = new Shop(stack.commands);
  const { body: product } = await shop.createProduct('Late', 'Books', 1);
  const productId = Number(product.id);
  let orders = 0;
  // Between the request for the snapshot and its beginning, an order is placed and counted.
  const slow = createServer((request, response) => {
    void (async () => {
      const { body } = await shop.placeOrder([{ productId, quantity: 1, price: 1 }]);
      orders++;
      await until(async () => {
        const id = Number(body.id);
        const snapshot = await fetch(`${stack.queryAdmin}/snapshot?orders=${id}-${id}`);
        expect(await snapshot.text()).toContain(`["order",${id},`);
      }, 60_000);
      const answer = await fetch(stack.queryAdmin + (request.url ?? ''));
      response.end(await answer.text());
    })();
  }).listen(0, '127.0.0.1');
  await once(slow, 'listening');
  const { port } = slow.address() as AddressInfo;
  const { findings } = await reconcile({
    replica: { url: `http://127.0.0.1:${port}` },
    database: stack.database,
    deadlineMs: 10_000,
  });
  slow.close();
  expect(findings.list).toEqual([]);
  expect(orders).toBeGreaterThan(0);
});

test('reconcile says equal exactly when plain SQL sums equal what the service answers', async () => {
  await expectViewsToEqualPostgres(stack);
  await expect(verdict()).resolves.toMatchObject({ code: 0, keys: [] });
  const truth = await recompute(stack);
  expect(await readViews(stack, truth)).toEqual(truth);
});

describe('a planted difference is found under its key, with exit code 1:', () => {
  test.each<[string, () => [plant: string, undo: string, key: string]]>([
    [
      'a cent too much for a product',
      () => [
        `UPDATE product_sales SET total_cents = total_cents + 1 WHERE product_id = ${first}`,
        `UPDATE product_sales SET total_cents = total_cents - 1 WHERE product_id = ${first}`,
        `product-sales ${first}`,
      ],
    ],
    [
      'a cent too few for a category',
      () => [
        `UPDATE category_revenue SET total_cents = total_cents - 1 WHERE category = 'Books'`,
        `UPDATE category_revenue SET total_cents = total_cents + 1 WHERE category = 'Books'`,
        'category-revenue Books',
      ],
    ],
    [
      'a window that should not exist',
      () => [
        `INSERT INTO hourly_sales VALUES (1, ${first}, 1, 100)`,
        'DELETE FROM hourly_sales WHERE hour = 1',
        `hourly-sales 1970-01-01T01:00:00Z ${first}`,
      ],
    ],
    [
      'another name of a product',
      () => [
        `UPDATE product_name SET name = name || '!' WHERE product_id = ${first}`,
        `UPDATE product_name SET name = rtrim(name, '!') WHERE product_id = ${first}`,
        `product-name ${first}`,
      ],
    ],
    [
      'an order in another status',
      () => [
        `UPDATE orders_by_status SET orders = orders + 1 WHERE status = 'CREATED'`,
        `UPDATE orders_by_status SET orders = orders - 1 WHERE status = 'CREATED'`,
        'orders-by-status CREATED',
      ],
    ],
    [
      'a cent too much for a customer',
      () => [
        'UPDATE customer_totals SET total_cents = total_cents + 1 WHERE customer_id = 1',
        'UPDATE customer_totals SET total_cents = total_cents - 1 WHERE customer_id = 1',
        'customer-totals 1',
      ],
    ],
    [
      'a customer who ordered nothing',
      () => [
        'INSERT INTO customer_totals VALUES (900000, 0, 0)',
        'DELETE FROM customer_totals WHERE customer_id = 900000',
        'customer-totals 900000',
      ],
    ],
    [
      'an order that PostgreSQL never had',
      () => [
        'INSERT INTO order_state VALUES (900000, 1, 0, 0)',
        'DELETE FROM order_state WHERE order_id = 900000',
        'order:900000',
      ],
    ],
    [
      'a version that PostgreSQL never wrote',
      () => [
        `UPDATE order_state SET version = version + 5 WHERE order_id = ${order}`,
        `UPDATE order_state SET version = version - 5 WHERE order_id = ${order}`,
        `order:${order}`,
      ],
    ],
    [
      'an order whose status is noted wrongly',
      () => [
        `UPDATE order_state SET status = 3 - status WHERE order_id = ${order}`,
        `UPDATE order_state SET status = 3 - status WHERE order_id = ${order}`,
        `order:${order}`,
      ],
    ],
  ])('%s', async (_, difference) => {
    const [plant, undo, key] = difference();
    await changeViews(stack, plant);
    try {
      await expect(verdict()).resolves.toMatchObject({ code: 1, keys: [key] });
    } finally {
      await changeViews(stack, undo);
    }
    await expect(verdict()).resolves.toMatchObject({ code: 0, keys: [] });
  });

  test('an order counted twice', async () => {
    const shop = new Shop(stack.commands);
    await shop.placeOrder([{ productId: second, quantity: 3, price: 1.5 }], {
      placedAt: '2026-02-27T09:15:00Z',
    });
    await expectViewsToEqualPostgres(stack);
    const category = `(SELECT category FROM product_revenue WHERE product_id = ${second})`;
    const count = (sign: string): string => `
      UPDATE product_sales SET total_cents = total_cents ${sign} 450 WHERE product_id = ${second};
      UPDATE product_revenue SET total_cents = total_cents ${sign} 450 WHERE product_id = ${second};
      UPDATE category_revenue SET total_cents = total_cents ${sign} 450 WHERE category = ${category};
      UPDATE hourly_sales SET total_cents = total_cents ${sign} 450, units = units ${sign} 3
      WHERE product_id = ${second} AND hour = unixepoch('2026-02-27T09:00:00Z') / 3600`;
    await changeViews(stack, count('+'));
    const { code, listed } = await verdict();
    await changeViews(stack, count('-'));
    expect(code).toBe(1);
    expect(listed.map(({ key, difference }) => `${String(key)} ${String(difference)}`)).toEqual([
      `product-sales ${second} 4.50`,
      `product-revenue ${second} 4.50`,
      expect.stringMatching(/^category-revenue .* 4\.50$/) as string,
      `hourly-sales 2026-02-27T09:00:00Z ${second} 4.50`,
    ]);
  });

  test('a last event that was lost: no gap shows it, the light form in the keeper finds it too', async () => {
    const lost = await loseAnEvent(stack, first);
    const found = await verdict();
    expect(found).toMatchObject({
      code: 1,
      listed: [{ key: `order:${lost}`, problem: 'missing', expected: 'version 1', found: 'none' }],
    });
    await until(async () => {
      const metrics = await keeperMetrics();
      expect(metrics).toMatch(/^reconcile_differences\{.*\} 1$/m);
      expect(metrics).toMatch(/^relay_connector_up 1$/m);
    }, 60_000);
    await forget(stack, lost);
    await expectViewsToEqualPostgres(stack);
  });
});

test('after a resume answers are incomplete while an event is missing; the keeper ends it when all is equal', async () => {
  const lost = await loseAnEvent(stack, first);
  const headers = { 'Content-Type': 'application/json' };
  await fetch(`${stack.queryAdmin}/consumption/resume`, { method: 'POST', headers });
  await until(async () => expect((await health()).status).toBe(200), 60_000);
  expect((await verdict()).code).toBe(1);
  expect((await health()).headers.get('Views-State')).toBe('incomplete');

  await forget(stack, lost);
  await until(async () => {
    expect((await health()).headers.get('Views-State')).toBe('current');
  }, 60_000);
});

const health = (): Promise<Response> => fetch(`${stack.queries}/health/ready`);

const keeperMetrics = async (): Promise<string> =>
  (await fetch(`http://127.0.0.1:${stack.ports.RELAY_KEEPER_PORT}/metrics`)).text();

describe('no verdict, exit code 2,', () => {
  test('when a query service does not answer', async () => {
    const away = await verdict(1, { QUERY_ADMIN_URLS: 'http://127.0.0.1:9' });
    expect(away).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /query service at http:\/\/127.0.0.1:9 does not answer/,
      ) as string,
    });
  });

  test('when PostgreSQL does not answer', async () => {
    await expect(verdict(1, { DB_PORT: '9' })).resolves.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/PostgreSQL does not answer/) as string,
    });
  });

  test('when the views are of another database', async () => {
    const [source] = await query<{ id: string }>(
      stack.database,
      'SELECT source_id::text AS id FROM source',
    );
    await changeViews(stack, "UPDATE origin SET source_id = 'another'");
    const other = await verdict();
    await changeViews(stack, `UPDATE origin SET source_id = '${source?.id}'`);
    expect(other).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/database another/) as string,
    });
  });
});
