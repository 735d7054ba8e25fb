import { item, order, product, type TestEvent } from './support/events';
import { eventually } from './support/service';
import { useSuite } from './support/suite';

const suite = useSuite();

/** The largest id of the contract. */
const id = Number.MAX_SAFE_INTEGER;
const largestLines = Array.from({ length: 500 }, () => item(id, 10_000, '999999.99'));
const largest = (orderId: number): TestEvent => order(orderId, largestLines);

/** With 18 of the largest orders, 2^53-1 cents to the cent. */
const rest = order(19, [
  ...Array.from({ length: 7 }, () => item(id, 10_000, '999999.99')),
  item(id, 1_993, '999999.99'),
  item(id, 1, '448129.84'),
]);

const answer = async (path: string): Promise<string> =>
  (await fetch(`${suite.service.url}/api/analytics${path}`)).text();

const viewsState = async (): Promise<string | null> =>
  (await suite.service.get('/health/ready')).headers.get('Views-State');

beforeEach(async () => {
  await suite.cluster.relay(product(id, 'A'));
  await suite.cluster.relay(...Array.from({ length: 18 }, (_, index) => largest(index + 1)), rest);
});

test('2^53-1 cents are answered exactly; what would be more is parked, and the rest goes on', async () => {
  const full = `{"productId":${id},"totalSales":90071992547409.91}`;
  await eventually(async () => expect(await answer(`/products/${id}/sales`)).toBe(full));
  await eventually(async () =>
    expect(await answer('/categories/A/revenue')).toBe(
      '{"category":"A","totalRevenue":90071992547409.91}',
    ),
  );
  expect(
    await answer(
      `/hourly-sales?start=2026-02-27T09:00:00Z&end=2026-02-27T10:00:00Z&productId=${id}`,
    ),
  ).toBe(
    `[{"windowStart":"2026-02-27T09:00:00Z","windowEnd":"2026-02-27T10:00:00Z","productId":${id},"totalSales":90071992547409.91}]`,
  );

  await suite.cluster.relay(
    order(20, [item(id, 1, '0.01')]),
    order(21, [item(7, 1, '5.00')], { customerId: 2 }),
  );
  await suite.salesOf(7, 5);
  await eventually(async () => expect(await viewsState()).toBe('incomplete'));
  await suite.ready();
  expect(await answer(`/products/${id}/sales`)).toBe(full);
  const letters = await (await fetch(`${suite.service.adminUrl}/dead-letters`)).text();
  expect(letters).toContain(`the total of product ${id} beyond 90071992547409.91`);

  // It can be told apart, and mended, after a restart as well.
  await suite.restart();
  await suite.ready();
  expect(await viewsState()).toBe('incomplete');
  await suite.cluster.relay(order(20, [item(id, 1, '0.01')], { version: 2, status: 'CANCELLED' }));
  await eventually(async () => expect(await viewsState()).toBe('current'));
  expect(await answer(`/products/${id}/sales`)).toBe(full);
});
