import { maxOrderTotal } from 'contracts/money';
import { item, order, product, type TestEvent } from './support/events';
import { openViews, type TestViews } from './support/views';

let views: TestViews;
beforeEach(async () => {
  views = await openViews();
});
afterEach(() => views.close());

const lines = (productId: number) =>
  Array.from({ length: 500 }, () => item(productId, 10_000, '999999.99'));
/** The largest order that the contract allows. 18 of them fit into a double, 19 do not. */
const largest = (id: number, productId = 1, version = 1, status = 'CREATED'): TestEvent =>
  order(id, lines(productId), { version, status, customerId: 7 });
const largestOrders = (from: number, to: number, productId = 1): TestEvent[] =>
  Array.from({ length: to - from + 1 }, (_, i) => largest(from + i, productId));
const cents = (orders: number): string => String(BigInt(maxOrderTotal) * BigInt(orders));

/** Every total that is kept, as SQLite writes it. */
async function totals(): Promise<Record<string, string[]>> {
  const of = async (table: string): Promise<string[]> => {
    const rows = await views.store.reader.all<{ total: string }>(
      `SELECT CAST(total_cents AS TEXT) AS total FROM ${table} ORDER BY 1`,
    );
    return rows.map(({ total }) => total);
  };
  return {
    products: await of('product_sales'),
    categories: await of('category_revenue'),
    hours: await of('hourly_sales'),
    customers: await of('customer_totals'),
  };
}

const all = (total: string) => ({
  products: [total],
  categories: [total],
  hours: [total],
  customers: [total],
});

describe('totals beyond what a double holds', () => {
  test('of one batch are exact', async () => {
    await views.apply(
      product(1, 'A'),
      ...largestOrders(1, 40),
      order(41, [item(1, 1, '0.01')], { customerId: 7 }),
    );
    expect(await totals()).toEqual(all(String(BigInt(cents(40)) + 1n)));
  });

  test('of many batches are exact, and come back', async () => {
    await views.apply(product(1, 'A'));
    for (let id = 1; id <= 24; id++) await views.apply(largest(id));
    await views.apply(order(25, [item(1, 1, '0.01')], { customerId: 7 }));
    expect(await totals()).toEqual(all(String(BigInt(cents(24)) + 1n)));
    for (let id = 1; id <= 24; id++) await views.apply(largest(id, 1, 2, 'CANCELLED'));
    expect(await totals()).toEqual(all('1'));
  });

  test('move with a product into its category', async () => {
    await views.apply(product(1, 'A'), ...largestOrders(1, 18), ...largestOrders(19, 38, 2));
    expect(await totals()).toMatchObject({ categories: [cents(18)] });
    await views.apply(product(2, 'A'));
    expect(await totals()).toMatchObject({ categories: [cents(38)], customers: [cents(38)] });
  });
});

test('a total beyond 64 bits is refused with all of its batch, and says so', async () => {
  await views.apply(product(1, 'A'), order(1, [item(1, 1, '1.00')], { customerId: 7 }));
  await views.fill('product_sales', 2n ** 63n - 1n);
  const before = await totals();
  await expect(views.apply(largest(2), order(3, [item(2, 1, '1.00')]))).rejects.toThrow(
    /^a total would be beyond 92233720368547758\.07 \(.*product_sales\.total_cents\): such amounts need views/,
  );
  expect(await totals()).toEqual(before);
  expect(views.queue.stored()).toMatchObject([{ offset: 0 }, { offset: 0 }]);
});
