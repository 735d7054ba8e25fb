import fc from 'fast-check';
import type { Finding } from '../src/finding';
import {
  categoryFindings,
  corrected,
  correctedCustomers,
  customerFindings,
  productFindings,
  statusFindings,
  windowFindings,
} from '../src/totals';
import { type Order, type Product, sides } from './model';

const product: fc.Arbitrary<Omit<Product, 'productId'>> = fc.record({
  category: fc.constantFrom('Books', 'Toys', 'Food'),
  known: fc.boolean(),
});
const line = fc.record({
  productId: fc.integer({ min: 1, max: 4 }),
  hour: fc.integer({ min: 490_000, max: 490_003 }),
  units: fc.bigInt({ min: 1n, max: 10_000n }),
  cents: fc.bigInt({ min: 0n, max: 999_999_990_000n }),
});
const order: fc.Arbitrary<Omit<Order, 'id'>> = fc
  .record({
    version: fc.integer({ min: 1, max: 3 }),
    behind: fc.integer({ min: 0, max: 3 }),
    customerId: fc.integer({ min: 1, max: 3 }),
    cancelledAt: fc.constantFrom(null, 1, 2),
    lines: fc.array(line, { minLength: 1, maxLength: 3 }),
  })
  .map(({ behind, ...rest }) => ({
    ...rest,
    knownVersion: Math.max(0, rest.version - behind),
  }));
const history = fc.record({
  orders: fc.array(order, { maxLength: 12 }),
  products: fc.array(product, { minLength: 4, maxLength: 4 }),
});

type Sides = ReturnType<typeof sides>;

function sidesOf({
  orders,
  products,
}: {
  orders: Omit<Order, 'id'>[];
  products: Omit<Product, 'productId'>[];
}): Sides {
  return sides(
    orders.map((o, i) => ({ ...o, id: i + 1 })),
    products.map((p, i) => ({ ...p, productId: i + 1 })),
  );
}

async function compare(s: Sides): Promise<Finding[]> {
  const windows: Finding[] = [];
  const expected = corrected(s.truthWindows, s.corrections);
  for await (const found of windowFindings(expected, s.windows)) windows.push(found);
  const customers: Finding[] = [];
  const totals = correctedCustomers(s.truthCustomers, s.customerCorrections);
  for await (const found of customerFindings(totals, s.customers)) customers.push(found);
  return [
    ...s.totals.flatMap(productFindings),
    ...categoryFindings(s.totals, s.categories),
    ...windows,
    ...statusFindings(s.statuses.expected, s.statuses.shown),
    ...customers,
  ];
}

test('views that are behind by any versions of any orders and products show no difference', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (some) => {
      expect(await compare(sidesOf(some))).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});

test('a cent more or less in any row of any view is found under that key', async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.nat(), fc.constantFrom(1n, -1n), async (some, n, cent) => {
      const s = sidesOf(some);
      const rows = [
        ...s.totals.flatMap((total, i) =>
          total.sales === undefined
            ? []
            : [
                {
                  key: `product-sales ${total.productId}`,
                  plant: () => (s.totals[i] = { ...total, sales: (total.sales ?? 0n) + cent }),
                },
              ],
        ),
        ...s.categories.map((row) => ({
          key: `category-revenue ${row.category}`,
          plant: () => (row.cents += cent),
        })),
        ...s.windows.map((row, i) => ({
          key: `hourly-sales ${new Date(row.hour * 3_600_000).toISOString().slice(0, 19)}Z ${row.productId}`,
          plant: () => (s.windows[i] = { ...row, cents: row.cents + cent }),
        })),
        ...s.customers.map((row, i) => ({
          key: `customer-totals ${row.customerId}`,
          plant: () => (s.customers[i] = { ...row, cents: row.cents + cent }),
        })),
      ];
      const planted = rows[n % rows.length];
      fc.pre(planted !== undefined);
      planted?.plant();
      const found = await compare(s);
      expect(found.map(({ key }) => key)).toEqual([planted?.key]);
      expect(found[0]?.difference).toBe(cent === 1n ? '0.01' : '-0.01');
    }),
    { numRuns: 2_000 },
  );
});

test('a window that is missing, and one that should not exist, are found', async () => {
  const one = { hour: 490_000, productId: 1, units: 2n, cents: 700n };
  const other = { hour: 490_000, productId: 2, units: 1n, cents: 0n };
  const found: Finding[] = [];
  for await (const finding of windowFindings([one], [other])) found.push(finding);
  expect(found).toMatchObject([
    {
      key: 'hourly-sales 2025-11-24T16:00:00Z 1',
      expected: '7.00',
      found: 'no row',
      difference: '-7.00',
    },
    { key: 'hourly-sales 2025-11-24T16:00:00Z 2', expected: 'no row', found: '0.00' },
  ]);
});

test('a product in the wrong category is found, and both categories', () => {
  const named = { name: 'Laptop', shownName: 'Laptop' };
  const known = { ...named, expected: 700n, truthVersion: 1, knownVersion: 1, sales: 700n };
  const moved = {
    ...known,
    productId: 1,
    category: 'Books',
    revenue: { category: 'Toys', cents: 700n },
  };
  expect(productFindings(moved)).toMatchObject([
    { key: 'product-revenue 1', expected: 'in Books', found: 'in Toys' },
  ]);
  const rows = [{ category: 'Toys', products: 1, cents: 700n }];
  expect(categoryFindings([moved], rows).map(({ key }) => key)).toEqual([
    'category-revenue Toys',
    'category-revenue Books',
  ]);
});

test('an order more or less, of a status or a customer, is found under that key', async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.constantFrom(1, -1), async (some, one) => {
      const s = sidesOf(some);
      const [customer] = s.customers;
      const [status] = s.statuses.shown;
      fc.pre(customer !== undefined && status !== undefined);
      if (customer === undefined || status === undefined) return;
      s.customers[0] = { ...customer, orders: customer.orders + one };
      s.statuses.shown.set(status[0], status[1] + one);
      expect((await compare(s)).map(({ key }) => key)).toEqual([
        `orders-by-status ${status[0]}`,
        `customer-totals ${customer.customerId}`,
      ]);
    }),
    { numRuns: 500 },
  );
});

test('a customer who is missing, and one whom nobody should know, are found', async () => {
  const [one, other] = [1, 2].map((customerId) => ({ customerId, orders: 0, cents: 0n }));
  const found: Finding[] = [];
  for await (const finding of customerFindings(one ? [one] : [], other ? [other] : [])) {
    found.push(finding);
  }
  expect(found).toMatchObject([
    { key: 'customer-totals 1', expected: '0.00', found: 'no row' },
    { key: 'customer-totals 2', expected: 'no row', found: '0.00' },
  ]);
});

test.each([
  ['another name', 'Mouse', 1, 1, ['Laptop', 'Mouse']],
  ['no name', undefined, 1, 1, ['Laptop', 'no row']],
  ['a name before its event', 'Laptop', 1, 0, ['no row', 'Laptop']],
  ['no name at another version', undefined, 2, 1, ['a row', 'no row']],
])('a product with %s is found', (_, shownName, truthVersion, knownVersion, [expected, found]) => {
  const product = { productId: 1, expected: 0n, name: 'Laptop', category: 'A', shownName };
  const rows = {
    sales: 0n,
    revenue: { category: knownVersion === 0 ? null : 'A', cents: 0n },
  };
  const findings = productFindings({ ...product, ...rows, truthVersion, knownVersion });
  expect(findings.filter(({ key }) => key === 'product-name 1')).toMatchObject([
    { expected, found },
  ]);
});

test('the name of an older version of a product is its own word', () => {
  const product = { productId: 1, expected: 0n, name: 'Laptop', category: 'A', sales: 0n };
  const behind = { truthVersion: 2, knownVersion: 1, shownName: 'Notebook' };
  const revenue = { category: 'A', cents: 0n };
  expect(productFindings({ ...product, ...behind, revenue })).toEqual([]);
});

test('totals beyond what a double holds are compared exactly', () => {
  const expected = 2n ** 53n + 1n;
  const named = { name: 'Laptop', shownName: 'Laptop' };
  const one = { ...named, productId: 1, category: 'Books', truthVersion: 1, knownVersion: 1 };
  const revenue = { category: 'Books', cents: expected };
  expect(productFindings({ ...one, expected, sales: 2n ** 53n, revenue })).toMatchObject([
    {
      key: 'product-sales 1',
      expected: '90071992547409.93',
      found: '90071992547409.92',
      difference: '-0.01',
    },
  ]);
});
