import { item, order, product } from './support/events';
import { useSuite } from './support/suite';

const suite = useSuite();

const hours = 'start=2026-02-27T09:00:00Z&end=2026-02-27T10:00:00Z';

test('an hour of all products is exact to the cent, however large', async () => {
  const most = Number.MAX_SAFE_INTEGER;
  const hour = Date.parse('2026-02-27T09:00:00Z') / 3_600_000;
  // 2,000 products, each with the largest total that is kept: their sum is beyond 64 bits as well.
  await suite.change(`
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
    INSERT INTO hourly_sales (hour, product_id, units, total_cents) SELECT ${hour}, i, 1, ${most} FROM n;
  `);
  const answer = await fetch(`${suite.service.url}/api/analytics/sales-over-time?${hours}`);
  const cents = BigInt(most) * 2000n;
  expect(await answer.text()).toContain(`"units":2000,"totalSales":${cents / 100n}}`);
  expect(cents % 100n).toBe(0n);
});

test('one category is found by its name, also when no path of a URL can have it', async () => {
  const categories = ['..', 'a/b', 'Electronics'];
  // As they stand in topics since before they were refused.
  await suite.cluster.relay(...categories.map((category, at) => product(at + 1, category)));
  await suite.cluster.relay(order(1, [item(1, 1, '5.00')]));
  await suite.applied(4);
  const ask = async (query: string) =>
    (await suite.service.get(`/api/analytics/categories?${query}`)).body;
  expect(await ask('category=..')).toEqual([{ category: '..', totalRevenue: 5 }]);
  expect(await ask('category=a%2Fb')).toEqual([{ category: 'a/b', totalRevenue: 0 }]);
  expect(await ask('category=None')).toEqual([]);
  expect(await ask('category=')).toEqual([]);
  expect(await ask('category=a&category=b')).toMatchObject({ status: 400 });
});
