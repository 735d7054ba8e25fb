import type { AddressInfo } from 'node:net';
import { createApplication } from 'service-kit/application';
import { closeServer, listen } from 'service-kit/http-server';
import { sliceOf } from '../src/views/route';
import { views as allViews } from '../src/views/views';
import { item, order, product } from './support/events';
import { openViews, silent, type TestViews } from './support/views';

let views: TestViews;
let url: string;
let close: () => Promise<void>;

beforeAll(async () => {
  views = await openViews();
  await views.apply(
    product(1, 'Electronics'),
    product(2, 'Möbel & Co/50%'),
    ...[1, 2, 3, 4, 5].map((id) =>
      order(id, [item(1, id, '10.00'), item(2, 1, '0.07')], {
        customerId: id === 5 ? 2 : 1,
        placedAt: `2026-02-27T${String(8 + id).padStart(2, '0')}:30:00.000Z`,
      }),
    ),
  );
  const open = allViews.map((view) => sliceOf(view.name, view.routes(views.store.reader)).router);
  const app = createApplication({ open }, silent);
  const server = await listen(app, 0, '127.0.0.1');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/analytics`;
  close = () => closeServer(server, 1000);
});
afterAll(async () => {
  await close();
  await views.close();
});

const get = async (path: string, method = 'GET') => {
  const answer = await fetch(url + path, { method });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    body: JSON.parse(text || 'null') as unknown,
  };
};
const hourly = (query: string) => get(`/hourly-sales?${query}`);
const day = 'start=2026-02-27T00:00:00Z&end=2026-02-28T00:00:00Z';

test('a product’s sales, exact to the cent', async () => {
  expect((await get('/products/1/sales')).text).toBe('{"productId":1,"totalSales":150}');
  expect((await get('/products/2/sales')).text).toBe('{"productId":2,"totalSales":0.35}');
});

test('a category’s revenue, its name as the client wrote it', async () => {
  const { body } = await get(`/categories/${encodeURIComponent('Möbel & Co/50%')}/revenue`);
  expect(body).toEqual({ category: 'Möbel & Co/50%', totalRevenue: 0.35 });
});

test('the products that sold most in a period, by amount', async () => {
  const first = await get('/top-products?start=2026-02-27T09:00:00Z&end=2026-02-27T11:00:00Z');
  expect(first.text).toBe(
    '[{"productId":1,"name":"Product 1","category":"Electronics","units":3,"totalSales":30},' +
      '{"productId":2,"name":"Product 2","category":"Möbel & Co/50%","units":2,"totalSales":0.14}]',
  );
  const whole = (await get(`/top-products?${day}`)).body as unknown[];
  expect(whole).toMatchObject([{ totalSales: 150 }, { totalSales: 0.35 }]);
  expect((await get(`/top-products?${day}&limit=1`)).body).toEqual(whole.slice(0, 1));
});

test.each(['', 'start=x&end=y', 'limit=101', 'limit=0'])(
  'top products of ?%s: 400 problem',
  async (query) => {
    const valid = query.startsWith('limit') ? `${day}&${query}` : query;
    expect(await get(`/top-products?${valid}`)).toMatchObject({ status: 400 });
  },
);

test('a category over time, by hour', async () => {
  const whole = await get(`/categories/Electronics/revenue-over-time?${day}`);
  expect(whole.body).toEqual(
    [9, 10, 11, 12, 13].map((hour) => ({
      windowStart: `2026-02-27T${String(hour).padStart(2, '0')}:00:00Z`,
      windowEnd: `2026-02-27T${hour + 1}:00:00Z`,
      totalRevenue: (hour - 8) * 10,
    })),
  );
});

describe.each([
  ['/hourly-sales', 10],
  ['/categories/Electronics/revenue-over-time', 5],
])('pages of %s', (path, rows) => {
  const nextOf = ({ headers }: { headers: Headers }) =>
    /<\/api\/analytics([^>]*)>; rel="next"/.exec(headers.get('Link') ?? '')?.[1];

  test('cut behind any row, are together the whole', async () => {
    const whole = (await get(`${path}?${day}`)).body as unknown[];
    expect(whole).toHaveLength(rows);
    for (let cut = 1; cut < rows; cut++) {
      const first = await get(`${path}?${day}&limit=${cut}`);
      expect(first.body).toEqual(whole.slice(0, cut));
      const next = nextOf(first)?.replace(`limit=${cut}`, `limit=${rows}`);
      expect(next).toContain(`limit=${rows}`);
      const rest = await get(next ?? '');
      expect(rest.body).toEqual(whole.slice(cut));
      expect(nextOf(rest)).toBeUndefined();
    }
  });

  test.each([1, 2, 3])('of %i rows each: no row is missing, none is there twice', async (limit) => {
    const pages: unknown[] = [];
    let next: string | undefined = `${path}?${day}&limit=${limit}`;
    let count = 0;
    for (; next !== undefined; count++) {
      const page = await get(next);
      pages.push(...(page.body as unknown[]));
      next = nextOf(page);
    }
    expect(pages).toEqual((await get(`${path}?${day}`)).body);
    expect(count).toBe(Math.ceil(rows / limit));
  });

  test('that hold everything have no next one', async () => {
    const page = await get(`${path}?${day}&limit=${rows}`);
    expect(page.body).toHaveLength(rows);
    expect(nextOf(page)).toBeUndefined();
  });
});

test('how many orders are in each status', async () => {
  expect((await get('/orders-by-status')).text).toBe(
    '{"CREATED":5,"SHIPPED":0,"DELIVERED":0,"CANCELLED":0}',
  );
});

test('what a customer ordered, and for how much', async () => {
  expect((await get('/customers/1/totals')).text).toBe(
    '{"customerId":1,"orders":4,"totalSpent":100.28}',
  );
  expect((await get('/customers/2/totals')).body).toMatchObject({ orders: 1, totalSpent: 50.07 });
});

test.each([
  '/products/99/sales',
  '/categories/Nothing/revenue',
  `/categories/Nothing/revenue-over-time?start=2026-02-27T00:00:00Z&end=2026-02-28T00:00:00Z`,
  '/customers/99/totals',
  '/nowhere',
])('%s is unknown: 404 problem', async (path) => {
  const { status, headers, body } = await get(path);
  expect(status).toBe(404);
  expect(headers.get('Content-Type')).toMatch('application/problem+json');
  expect(body).toMatchObject({ status: 404, title: 'Not Found' });
});

test.each(['0', '-1', '1.5', 'x', '9007199254740993', "1'--"])(
  'product id %p names nothing: 404 problem',
  async (id) => {
    expect(await get(`/products/${encodeURIComponent(id)}/sales`)).toMatchObject({ status: 404 });
  },
);

test('another method: 405 with Allow', async () => {
  const { status, headers, body } = await get('/products/1/sales', 'POST');
  expect(status).toBe(405);
  expect(headers.get('Allow')).toMatch(/GET/);
  expect(body).toMatchObject({ status: 405 });
});

describe('hourly sales', () => {
  test('windows whose start lies in [start, end), by window and product', async () => {
    const { body } = await hourly('start=2026-02-27T10:00:00Z&end=2026-02-27T12:00:00Z');
    expect(body).toEqual(
      [10, 11].flatMap((hour) => [
        {
          windowStart: `2026-02-27T${hour}:00:00Z`,
          windowEnd: `2026-02-27T${hour + 1}:00:00Z`,
          productId: 1,
          totalSales: (hour - 8) * 10,
        },
        {
          windowStart: `2026-02-27T${hour}:00:00Z`,
          windowEnd: `2026-02-27T${hour + 1}:00:00Z`,
          productId: 2,
          totalSales: 0.07,
        },
      ]),
    );
  });

  test('times with an offset and inside an hour', async () => {
    const { body } = await hourly(
      `start=${encodeURIComponent('2026-02-27T10:30:00+01:00')}&end=2026-02-27T10:00:01Z`,
    );
    expect(body).toMatchObject([{ windowStart: '2026-02-27T10:00:00Z' }, { productId: 2 }]);
  });

  test('of one product', async () => {
    const { body } = await hourly(`${day}&productId=2`);
    expect(body).toHaveLength(5);
  });

  test.each([
    '',
    'start=2026-02-27T09:00:00Z',
    'start=yesterday&end=today',
    'start=2026-02-27&end=2026-02-28',
    'start=2026-02-30T00:00:00Z&end=2026-03-01T00:00:00Z',
    `${day}&limit=0`,
    `${day}&limit=10001`,
    `${day}&productId=x`,
    `${day}&after=x`,
    `${day}&start=2026-02-27T00:00:00Z`,
  ])('?%s: 400 problem', async (query) => {
    expect(await hourly(query)).toMatchObject({ status: 400, body: { title: 'Bad Request' } });
  });
});
