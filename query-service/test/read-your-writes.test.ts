import { mostStrays } from '../src/apply/batch';
import { item, order, product } from './support/events';
import { eventually } from './support/service';
import { useSuite } from './support/suite';

const suite = useSuite();

const paths = {
  product: '/api/analytics/products/1/sales',
  category: '/api/analytics/categories/Electronics/revenue',
  hours:
    '/api/analytics/hourly-sales?start=2026-02-27T00:00:00Z&end=2026-02-28T00:00:00Z&productId=1',
  categories: '/api/analytics/categories',
  allProducts: '/api/analytics/sales-over-time?start=2026-02-27T00:00:00Z&end=2026-02-28T00:00:00Z',
};
const ask = (path: string, token: string, wait?: number) =>
  suite.service.get(path, {
    'Consistency-Token': token,
    ...(wait === undefined ? {} : { Prefer: `wait=${wait}` }),
  });
const waiting = (count: number) =>
  eventually(() => {
    expect(suite.service.replica.serving.waiters.count).toBe(count);
    return Promise.resolve();
  });

test('a query waits for the version of its token, and a newer one is as good', async () => {
  await suite.cluster.relay(product(1, 'Electronics'));
  await suite.salesOf(1, 0);
  const first = Object.values(paths).map((path) => ask(path, 'product:1@1, order:7@1', 10));
  const second = ask(paths.product, 'order:7@2', 10);
  await waiting(6);

  await suite.cluster.relay(order(7, [item(1, 2, '500.00')]));
  expect((await Promise.all(first)).map(({ status, body }) => [status, body])).toEqual([
    [200, { productId: 1, totalSales: 1000 }],
    [200, { category: 'Electronics', totalRevenue: 1000 }],
    [200, [expect.objectContaining({ totalSales: 1000 })]],
    [200, [{ category: 'Electronics', totalRevenue: 1000 }]],
    [200, [expect.objectContaining({ totalSales: 1000 })]],
  ]);
  await waiting(1);
  await suite.cluster.relay(order(7, [item(1, 2, '500.00')], { version: 3, status: 'CANCELLED' }));
  const { status, headers, body } = await second;
  expect([status, body]).toEqual([200, { productId: 1, totalSales: 0 }]);
  expect(headers.get('Preference-Applied')).toBe('wait=10');

  const atOnce = await ask(paths.product, 'order:7@3');
  expect([atOnce.status, atOnce.headers.get('Preference-Applied')]).toEqual([200, null]);
});

test('an order shows in its category when its product is known, in the other views before', async () => {
  await suite.cluster.relay(product(2, 'Electronics'), order(1, [item(1, 1, '20.00')]));
  await suite.applied(2);
  expect((await ask(paths.product, 'order:1@1')).status).toBe(200);
  expect((await ask(paths.allProducts, 'order:1@1')).status).toBe(200);
  for (const path of [paths.category, paths.categories]) {
    expect((await ask(path, 'order:1@1')).body).toMatchObject({
      status: 503,
      notYet: [{ token: 'order:1@1', applied: 1, awaitedProducts: [1] }],
    });
  }
  const shown = ask(paths.category, 'order:1@1', 10);
  await waiting(1);
  await suite.cluster.relay(product(1, 'Electronics'));
  expect(await shown).toMatchObject({
    status: 200,
    body: { category: 'Electronics', totalRevenue: 20 },
  });
});

test('what does not come in time is told with how far behind the views are', async () => {
  await suite.cluster.relay(product(1, 'Electronics'), order(7, [item(1, 2, '500.00')]));
  await suite.salesOf(1, 1000);
  await suite.cluster.relayWatermark('2026-02-27T10:00:00.000Z');
  await suite.asOf('2026-02-27T10:00:00.000Z');

  const asked = performance.now();
  const late = await ask(paths.product, 'order:7@2', 1);
  expect(performance.now() - asked).toBeGreaterThan(990);
  expect(late.body).toEqual({
    type: 'about:blank',
    title: 'Service Unavailable',
    status: 503,
    detail: 'the views do not show order:7@2 yet: version 1 is applied',
    code: 'change-not-shown',
    notYet: [{ token: 'order:7@2', applied: 1 }],
    asOf: '2026-02-27T10:00:00.000Z',
    eventsBehind: 0,
  });
  expect(late.headers.get('Retry-After')).toBe('1');
  expect(late.headers.get('Views-State')).toBe('current');
  expect((await ask(paths.product, 'order:8@1')).body).toMatchObject({
    status: 503,
    notYet: [{ token: 'order:8@1', applied: 0 }],
  });
  for (const none of ['order:8', '']) {
    expect((await ask(paths.product, none)).status).toBe(400);
  }
});

test('a client that hangs up is waited for no longer', async () => {
  await suite.cluster.relay(product(1, 'Electronics'));
  await suite.salesOf(1, 0);
  const client = new AbortController();
  const hungUp = fetch(suite.service.url + paths.product, {
    signal: client.signal,
    headers: { 'Consistency-Token': 'order:7@1', Prefer: 'wait=10' },
  }).catch(() => 'hung up');
  await waiting(1);
  client.abort();
  await waiting(0);
  expect(await hungUp).toBe('hung up');
});

test('when reading halts, who waits is told at once', async () => {
  await suite.cluster.relay(product(1, 'Electronics'));
  await suite.salesOf(1, 0);
  const asked = ask(paths.product, 'order:7@1', 10);
  await waiting(1);
  // A run of another database's events: its history is not this one's.
  const source = '5a1f0000-0000-4000-8000-000000000002';
  const ids = Array.from({ length: mostStrays + 1 }, (_, i) => i + 7);
  await suite.cluster.relay(...ids.map((id) => order(id, [item(1, 1, '1.00')], { source })));
  const { status, headers, body } = await asked;
  expect([status, headers.get('Views-State')]).toEqual([503, 'untrusted']);
  expect(body).toMatchObject({ detail: expect.stringMatching(/nothing is applied/) as string });
  // What was applied before is shown all the same.
  expect((await ask(paths.product, 'product:1@1', 10)).status).toBe(200);
});
