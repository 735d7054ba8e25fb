import type { AddressInfo } from 'node:net';
import { createDescribedApplication } from 'service-kit/application';
import { closeServer, listen } from 'service-kit/http-server';
import { Conformance } from '../../service-kit/test/support/conformance';
import { expectValidDocument } from '../../service-kit/test/support/valid-document';
import { Traffic } from '../src/apply/traffic';
import { overviewOperations } from '../src/dashboard/operations';
import { overviewRoutes } from '../src/dashboard/routes';
import { sayHowFresh } from '../src/freshness';
import { views as allViews } from '../src/views/views';
import { item, order, product } from './support/events';
import { openViews, silent, type TestViews } from './support/views';

// Its validator is a process of its own.
jest.setTimeout(30_000);

let views: TestViews;
let url: string;
let close: () => Promise<void>;

beforeAll(async () => {
  views = await openViews();
  await views.apply(product(1, 'Electronics'), order(1, [item(1, 2, '0.07')]));
  const open = allViews.map((view) => ({ ...view, router: view.routes(views.store) }));
  const overview = {
    name: 'overview',
    router: overviewRoutes(views.store, new Traffic()),
    operations: overviewOperations,
  };
  const api = { title: 'Views', version: '1.0.0', description: 'All views.' };
  const app = createDescribedApplication(api, { open: [...open, overview] }, silent, {
    before: [
      (ctx, next) => {
        sayHowFresh(ctx, { state: 'current', asOf: '2026-02-27T09:30:00.000Z' });
        return next();
      },
    ],
  });
  const server = await listen(app, 0, '127.0.0.1');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = () => closeServer(server, 1000);
});
afterAll(async () => {
  await close();
  await views.close();
});

test('the document is valid OpenAPI', async () => {
  await expectValidDocument(await (await fetch(`${url}/openapi.json`)).json());
});

test('every view answers as it is described', async () => {
  const conformance = await Conformance.of(url);
  const hours = 'start=2026-02-27T00:00:00Z&end=2026-02-28T00:00:00Z';
  for (const path of [
    '/products/1/sales',
    '/products/9/sales',
    '/categories/Electronics/revenue',
    '/categories/None/revenue',
    `/categories/Electronics/revenue-over-time?${hours}`,
    `/categories/None/revenue-over-time?${hours}`,
    '/categories/Electronics/revenue-over-time',
    `/hourly-sales?${hours}`,
    '/hourly-sales',
    `/top-products?${hours}`,
    '/top-products',
    '/orders-by-status',
    '/customers/1/totals',
    '/customers/9/totals',
    '/categories',
    `/sales-over-time?${hours}`,
    '/sales-over-time',
    '/orders-per-minute',
  ]) {
    const answer = await fetch(`${url}/api/analytics${path}`);
    const { status, headers } = answer;
    conformance.check('GET', `/api/analytics${path}`, {
      status,
      headers,
      text: await answer.text(),
    });
  }
  // Its own answer, of each route.
  expect(conformance.unseen().filter((answer) => / (200|404)$/.test(answer))).toEqual([]);
});

test('what the dashboard sums up is exact to the cent', async () => {
  const get = async (path: string) => (await fetch(`${url}/api/analytics${path}`)).json();
  expect(await get('/categories')).toEqual([{ category: 'Electronics', totalRevenue: 0.14 }]);
  const hours = 'start=2026-02-27T00:00:00Z&end=2026-02-28T00:00:00Z';
  expect(await get(`/sales-over-time?${hours}`)).toEqual([
    {
      windowStart: '2026-02-27T09:00:00Z',
      windowEnd: '2026-02-27T10:00:00Z',
      units: 2,
      totalSales: 0.14,
    },
  ]);
});
