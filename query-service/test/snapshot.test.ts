import { item, order, product } from './support/events';
import { useSuite } from './support/suite';

const suite = useSuite();

async function snapshot(query = ''): Promise<{ status: number; lines: unknown[] }> {
  const answer = await fetch(`${suite.service.adminUrl}/snapshot${query}`);
  const lines = (await answer.text()).trim().split('\n');
  return { status: answer.status, lines: lines.map((line): unknown => JSON.parse(line)) };
}

/** What is there after two products and three orders, one of them cancelled. */
async function begin(): Promise<void> {
  await suite.cluster.relay(
    product(1, 'Electronics'),
    product(2, 'Books'),
    order(1, [item(1, 2, '500.00')]),
    order(2, [item(2, 1, '0.07')]),
    order(3, [item(1, 1, '9.99')]),
    order(3, [item(1, 1, '9.99')], { version: 2, status: 'CANCELLED' }),
  );
  await suite.applied(6);
}

const content: number = expect.any(Number) as number;

test('a snapshot holds a header, every table ascending, and an end line that counts them', async () => {
  await begin();
  const { lines } = await snapshot();
  expect(lines[0]).toMatchObject({
    snapshot: {
      sourceId: expect.any(String) as string,
      tables: expect.arrayContaining([
        { name: 'product-sales', key: ['product_id'], columns: ['total_cents'] },
        { name: 'hourly-sales', key: ['hour', 'product_id'], columns: ['units', 'total_cents'] },
      ]) as unknown,
    },
  });
  const rows = lines.slice(1, -1) as unknown[][];
  expect(rows.filter(([section]) => section !== 'hourly-sales')).toEqual([
    ['order', 1, 1, 'CREATED', content],
    ['order', 2, 1, 'CREATED', content],
    ['order', 3, 2, 'CANCELLED', content],
    ['product', 1, 1, content],
    ['product', 2, 1, content],
    ['product-sales', 1, 100_000],
    ['product-sales', 2, 7],
    ['product-revenue', 1, 100_000, 'Electronics'],
    ['product-revenue', 2, 7, 'Books'],
    ['category-revenue', 'Books', 1, 7],
    ['category-revenue', 'Electronics', 1, 100_000],
    ['product-name', 1, 'Product 1'],
    ['product-name', 2, 'Product 2'],
    ['orders-by-status', 'CANCELLED', 1],
    ['orders-by-status', 'CREATED', 2],
    ['customer-totals', 1, 2, 100_007],
  ]);
  expect(rows.filter(([section]) => section === 'hourly-sales')).toHaveLength(2);
  expect(lines.at(-1)).toMatchObject({ end: { order: 3, product: 2, 'hourly-sales': 2 } });
});

test('restricted to ranges, it holds those aggregates and the rows of those products', async () => {
  await begin();
  const { lines } = await snapshot('?orders=2-2,3-9&products=2-2');
  const rows = lines.slice(1, -1) as unknown[][];
  expect(rows.filter(([section]) => section !== 'hourly-sales')).toEqual([
    ['order', 2, 1, 'CREATED', content],
    ['order', 3, 2, 'CANCELLED', content],
    ['product', 2, 1, content],
    ['product-sales', 2, 7],
    ['product-revenue', 2, 7, 'Books'],
    ['category-revenue', 'Books', 1, 7],
    ['category-revenue', 'Electronics', 1, 100_000],
    ['product-name', 2, 'Product 2'],
    ['orders-by-status', 'CANCELLED', 1],
    ['orders-by-status', 'CREATED', 2],
  ]);
  const { lines: customers } = await snapshot('?customers=1-9');
  expect(customers).toContainEqual(['customer-totals', 1, 2, 100_007]);
  expect(customers).not.toContainEqual(expect.arrayContaining(['order']));
});

test('ranges that are none are refused', async () => {
  await expect(snapshot('?orders=1')).resolves.toMatchObject({ status: 400 });
  await expect(snapshot('?products=3-1')).resolves.toMatchObject({ status: 400 });
});
