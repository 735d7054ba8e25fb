import { item, order, product, type TestEvent } from './support/events';
import { eventually } from './support/service';
import { useSuite } from './support/suite';

// One partition: PostgreSQL keeps a sum of each.
const suite = useSuite({ partitions: 1 });

/** The largest id of the contract. */
const id = Number.MAX_SAFE_INTEGER;
const lines = Array.from({ length: 500 }, () => item(id, 10_000, '999999.99'));
/** 18 of the largest orders fit into a double, 19 do not. */
const orders = Array.from({ length: 20 }, (_, index): TestEvent => order(index + 1, lines));

const answer = async (path: string): Promise<string> =>
  (await fetch(`${suite.service.url}/api/analytics${path}`)).text();

beforeEach(async () => {
  await suite.cluster.relay(product(id, 'A'), ...orders, order(21, [item(id, 1, '0.01')]));
});

test('totals beyond 2^53-1 cents are answered and sent to the cent', async () => {
  const total = '99999999000000.01';
  const period = 'start=2026-02-27T09:00:00Z&end=2026-02-27T10:00:00Z';
  const window = '"windowStart":"2026-02-27T09:00:00Z","windowEnd":"2026-02-27T10:00:00Z"';
  await suite.applied(22);
  await suite.ready();
  expect(await answer(`/products/${id}/sales`)).toBe(`{"productId":${id},"totalSales":${total}}`);
  expect(await answer('/categories/A/revenue')).toBe(`{"category":"A","totalRevenue":${total}}`);
  expect(await answer('/categories')).toBe(`[{"category":"A","totalRevenue":${total}}]`);
  expect(await answer('/customers/1/totals')).toBe(
    `{"customerId":1,"orders":21,"totalSpent":${total}}`,
  );
  for (const query of [period, `${period}&productId=${id}`]) {
    expect(await answer(`/hourly-sales?${query}`)).toBe(
      `[{${window},"productId":${id},"totalSales":${total}}]`,
    );
  }
  expect(await answer(`/categories/A/revenue-over-time?${period}`)).toBe(
    `[{${window},"totalRevenue":${total}}]`,
  );
  expect(await answer(`/top-products?${period}`)).toContain(`"totalSales":${total}}`);
  expect(await answer(`/sales-over-time?${period}`)).toContain(`"totalSales":${total}}`);

  const snapshot = await (await fetch(`${suite.service.adminUrl}/snapshot`)).text();
  const cents = '9999999900000001';
  expect(snapshot).toContain(`["product-sales",${id},${cents}]`);
  expect(snapshot).toContain(`["customer-totals",1,21,${cents}]`);
});

test('a total beyond 64 bits halts consumption; reads go on', async () => {
  await eventually(async () =>
    expect(await answer('/customers/1/totals')).toContain('"orders":21,'),
  );
  await suite.restart(async () => {
    await suite.change(
      `UPDATE product_sales SET total_cents = ${2n ** 63n - 1n} WHERE total_cents > 0`,
    );
    await suite.cluster.relay(order(22, [item(id, 1, '0.01')]));
  });
  await suite.notReady(/consumption has halted: a total would be beyond 92233720368547758\.07/);
  expect(await answer(`/products/${id}/sales`)).toBe(
    `{"productId":${id},"totalSales":92233720368547758.07}`,
  );
});
