import { until } from 'local/until';
import { startTestService, type TestService } from './support/service';
import { mostLookedAt } from '../src/http/lists';

interface Order {
  readonly id: number;
  readonly customerId: number;
  readonly placedAt: string;
}

let stack: TestService;
beforeAll(async () => {
  stack = await startTestService();
  const { http } = stack;
  for (const [name, category] of [
    ['Laptop', 'Electronics'],
    ['Desk lamp', 'Home'],
    ['LAPtop bag', 'Home'],
  ]) {
    await http.post('/api/products', { name, category, price: 10 });
  }
  // Placed in another order than that of their ids.
  for (const [customerId, productId, hour] of [
    [1, 1, 9],
    [2, 2, 12],
    [1, 2, 10],
    [2, 1, 10],
    [1, 1, 8],
  ] as const) {
    const placedAt = `2026-02-27T${String(hour).padStart(2, '0')}:00:00Z`;
    await http.post('/api/orders', {
      customerId,
      items: [{ productId, quantity: 1, price: 10 }],
      placedAt,
    });
  }
  await http.put('/api/orders/2/status', { status: 'SHIPPED' });
});
afterAll(() => stack.stop());

/** The ids on all pages from this address on, by the `Link` of each. */
async function idsFrom(address: string): Promise<number[][]> {
  const pages: number[][] = [];
  for (let next: string | undefined = address; next !== undefined;) {
    const answer = await stack.http.get(next);
    expect(answer.status).toBe(200);
    pages.push((JSON.parse(answer.text) as Order[]).map(({ id }) => id));
    // A cursor that does not move on would lead on for ever.
    expect(pages.length).toBeLessThan(20);
    next = /^<(.+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
  }
  return pages;
}

describe('GET /api/orders', () => {
  test.each([
    ['', [2, 4, 3, 1, 5]],
    ['?customerId=1', [3, 1, 5]],
    ['?productId=1', [4, 1, 5]],
    ['?customerId=2&productId=1', [4]],
    ['?category=Home', [2, 3]],
    ['?status=SHIPPED', [2]],
    ['?status=CREATED&customerId=2', [4]],
    ['?placedFrom=2026-02-27T09:00:00Z&placedTo=2026-02-27T12:00:00Z', [4, 3, 1]],
    ['?productId=1&placedFrom=2026-02-27T09:00:00Z', [4, 1]],
    ['?customerId=99', []],
    ['?productId=99', []],
  ])('%s lists those, the last placed first, as they are now', async (query, ids) => {
    expect((await idsFrom(`/api/orders${query}`)).flat()).toEqual(ids);
    // One by one they are the same, each once.
    const one = `/api/orders${query === '' ? '?' : `${query}&`}limit=1`;
    expect((await idsFrom(one)).flat()).toEqual(ids);
  });

  test('shows each order as it is read by itself', async () => {
    const list = JSON.parse((await stack.http.get('/api/orders?limit=1')).text) as unknown[];
    expect(list).toEqual([(await stack.http.get('/api/orders/2')).body]);
  });

  test('goes on behind its cursor, whatever is placed meanwhile', async () => {
    const first = await stack.http.get('/api/orders?limit=2&placedTo=2026-02-28T00:00:00Z');
    const [, next = ''] = /^<(.+)>; rel="next"$/.exec(first.headers.get('link') ?? '') ?? [];
    const items = [{ productId: 1, quantity: 1, price: 10 }];
    const placedAt = '2026-02-27T11:00:00Z';
    const { body } = await stack.http.post('/api/orders', { customerId: 3, items, placedAt });
    expect((await idsFrom(next)).flat()).toEqual([3, 1, 5]);
    await stack.query('DELETE FROM order_items WHERE order_id = $1', [body.id]);
    await stack.query('DELETE FROM orders WHERE id = $1', [body.id]);
  });

  test.each([
    'limit=0',
    'limit=101',
    'limit=1&limit=2',
    'after=1',
    'after=9e99:1',
    'after=9999999999999999:1',
    'customerId=0',
    'productId=x',
    'status=LOST',
    'placedFrom=yesterday',
    'category=',
    'category=a&category=b',
    `category=${'x'.repeat(201)}`,
    'category=a%00b',
  ])('refuses %s by 400', async (query) => {
    expect((await stack.http.get(`/api/orders?${query}`)).status).toBe(400);
  });

  test('looks at a bounded number of orders for a page, and leads on behind them', async () => {
    // As their owner, who is held to no rule: many at once.
    await stack.query(
      `INSERT INTO orders (customer_id, status, placed_at, created_at, updated_at)
       SELECT 7, 'DELIVERED', '2026-02-28T00:00:00Z', now(), now() FROM generate_series(1, $1)`,
      [mostLookedAt + 5],
    );
    await stack.query(
      `INSERT INTO order_items (order_id, position, product_id, quantity, price_cents)
       SELECT id, 1, 3, 1, 100 FROM orders WHERE customer_id = 7`,
    );
    expect(await idsFrom('/api/orders?status=SHIPPED')).toEqual([[], [2]]);
    expect(await idsFrom('/api/orders?customerId=7&status=CREATED')).toEqual([[], []]);
    // A product of many orders is not read as a whole, one of few is.
    expect(await idsFrom('/api/orders?productId=3&status=SHIPPED')).toEqual([[], []]);
    expect(await idsFrom('/api/orders?productId=2&status=SHIPPED')).toEqual([[2]]);
    await stack.query('DELETE FROM order_items WHERE product_id = 3');
    await stack.query('DELETE FROM orders WHERE customer_id = 7');
  });
});

describe('GET /api/products', () => {
  test.each([
    ['', [1, 2, 3]],
    ['?category=Home', [2, 3]],
    ['?name=laptop', [1, 3]],
    ['?name=lap&category=Home', [3]],
    ['?name=%25', []],
    ['?category=None', []],
  ])('%s lists those, by their ids', async (query, ids) => {
    expect((await idsFrom(`/api/products${query}`)).flat()).toEqual(ids);
    const one = `/api/products${query === '' ? '?' : `${query}&`}limit=1`;
    expect((await idsFrom(one)).flat()).toEqual(ids);
  });

  test.each(['limit=0', 'limit=101', 'after=0', 'after=x', 'name=', 'name=%00'])(
    'refuses %s by 400',
    async (query) => {
      expect((await stack.http.get(`/api/products?${query}`)).status).toBe(400);
    },
  );
});

describe('among many orders', () => {
  beforeAll(async () => {
    await stack.query(
      `INSERT INTO orders (customer_id, status, placed_at, created_at, updated_at)
       SELECT 1000 + n, 'DELIVERED', '2026-01-01T00:00:00Z', now(), now() FROM generate_series(1, 20000) AS n`,
    );
    await stack.query(
      `INSERT INTO order_items (order_id, position, product_id, quantity, price_cents)
       SELECT id, 1, 3, 1, 100 FROM orders WHERE customer_id > 1000`,
    );
    await stack.query('ANALYZE orders, order_items');
  });

  test.each([
    ['the time', 'placedFrom=2026-02-27T00:00:00Z', 'orders_by_time'],
    ['the customer', 'customerId=1', 'orders_by_customer'],
    ['the product', 'productId=1', 'order_items_by_product'],
  ])('those of %s are found through an index', async (_, query, index) => {
    const uses = async (): Promise<number | undefined> => {
      const [row] = await stack.query<{ scans: number }>(
        'SELECT idx_scan::int AS scans FROM pg_stat_user_indexes WHERE indexrelname = $1',
        [index],
      );
      return row?.scans;
    };
    const before = await uses();
    // A session tells of what it has done when it does something again.
    await until(async () => {
      await stack.http.get(`/api/orders?${query}`);
      expect(await uses()).toBeGreaterThan(before ?? Infinity);
    }, 60_000);
  });
});
