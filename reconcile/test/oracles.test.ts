import fc from 'fast-check';
import type { Client } from 'pg';
import { createClient } from 'service-kit/postgres';
import {
  migrate,
  settingsOf,
  startTemporaryPostgres,
  type TemporaryPostgres,
} from '../../local/test/support/temporary';
import { compare } from '../src/compare';
import type { Finding } from '../src/finding';
import { PostgresSnapshot } from '../src/snapshots/postgres-snapshot';
import { QuerySnapshot } from '../src/snapshots/query-snapshot';
import { WrittenReplica } from './support/replica';
import {
  type Order,
  type Product,
  type Shop,
  tables,
  type Views,
  viewsOf,
  writeShop,
} from './support/shop';

let postgres: TemporaryPostgres;
let owner: Client;
let replica: WrittenReplica;
beforeAll(async () => {
  [postgres, replica] = await Promise.all([startTemporaryPostgres(), WrittenReplica.start()]);
  await migrate({
    ...process.env,
    ...settingsOf(postgres),
    SERVICE_DB_USER: 'command_service',
    SERVICE_DB_PASSWORD: 'service',
  });
  // Amounts here may be as large as totals get.
  owner = createClient(postgres, { applicationName: 'shop', connectTimeoutMs: 10_000 });
  await owner.connect();
  await owner.query('ALTER TABLE order_items DROP CONSTRAINT order_items_price_cents_check');
});
afterAll(async () => {
  await owner.end();
  await Promise.all([postgres.stop(), replica.stop()]);
});

const category = fc.constantFrom('Books', 'Toys', 'food');
const name = fc.constantFrom('Laptop', 'Mouse');
const anOrder = fc.record({
  version: fc.integer({ min: 1, max: 3 }),
  known: fc.integer({ min: 0, max: 4 }),
  cancelledAt: fc.constantFrom(null, 1, 2),
  customerId: fc.integer({ min: 1, max: 3 }),
  hour: fc.integer({ min: -2, max: 1 }),
  lines: fc.array(
    fc.record({
      productId: fc.integer({ min: 1, max: 4 }),
      quantity: fc.integer({ min: 1, max: 10_000 }),
      priceCents: fc.oneof(fc.integer({ min: 0, max: 99_999_999 }), fc.constant(2n ** 49n + 1n)),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});
const aProduct = fc.record({
  version: fc.integer({ min: 1, max: 2 }),
  known: fc.integer({ min: 0, max: 3 }),
  name,
  category,
  knownName: name,
  knownCategory: category,
});
const shops: fc.Arbitrary<Shop> = fc
  .record({
    orders: fc.array(anOrder, { maxLength: 12 }),
    products: fc.array(aProduct, { minLength: 4, maxLength: 4 }),
  })
  .map(({ orders, products }) => ({
    orders: orders.map((order, i): Order => ({ ...order, id: i + 1 })),
    products: products.map((product, i): Product => ({ ...product, id: i + 1 })),
  }));

/** What a comparison finds wrong with the views of this shop. */
async function findings(shop: Shop, views: Views, declared = tables): Promise<Finding[]> {
  await writeShop(owner, shop);
  const entities = await PostgresSnapshot.begin(postgres);
  try {
    await replica.show(entities, shop, views, declared);
    const look = await compare(await QuerySnapshot.open(replica.replica), entities, null);
    return look.findings.list.filter(({ problem }) => problem === 'total');
  } finally {
    await entities.end();
  }
}

test('views at any versions of any orders and products show no difference', async () => {
  await fc.assert(
    fc.asyncProperty(shops, async (shop) => {
      expect(await findings(shop, viewsOf(shop))).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

/** The key of a row as a finding tells it. */
function keyOf(table: string, row: readonly unknown[]): string {
  const [first, second] = row;
  if (table !== 'hourly-sales') return `${table} ${String(first)}`;
  const hour = new Date(Number(first) * 3_600_000).toISOString().replace('.000Z', 'Z');
  return `${table} ${hour} ${String(second)}`;
}

test('a row with one more of anything that is counted is found under its key', async () => {
  await fc.assert(
    fc.asyncProperty(shops, fc.nat(), async (shop, n) => {
      const views = viewsOf(shop);
      const cells = tables.flatMap(({ name: table, key, columns }) =>
        (views[table] ?? []).flatMap((row) =>
          columns.flatMap((column, i) =>
            column === 'name' || column === 'category'
              ? []
              : [{ table, row, column, at: key.length + i }],
          ),
        ),
      );
      const cell = cells[n % cells.length];
      fc.pre(cell !== undefined);
      if (cell === undefined) return;
      const { table, row, column, at } = cell;
      const value = row[at] as number | bigint;
      row[at] = BigInt(value) + 1n;
      const isAmount = column === 'total_cents';
      expect(await findings(shop, views)).toMatchObject([
        {
          key: keyOf(table, row),
          difference: isAmount ? '0.01' : null,
          ...(!isAmount && {
            expected: `${value} ${column}`,
            found: `${BigInt(value) + 1n} ${column}`,
          }),
        },
      ]);
    }),
    { numRuns: 60 },
  );
});

const orderOf = (more: Partial<Order> = {}): Order => ({
  id: 1,
  version: 1,
  known: 1,
  cancelledAt: null,
  customerId: 7,
  hour: 490_000,
  lines: [{ productId: 1, quantity: 2, priceCents: 350 }],
  ...more,
});
const productOf = (more: Partial<Product> = {}): Product => ({
  id: 1,
  version: 1,
  known: 1,
  name: 'Laptop',
  category: 'Books',
  knownName: 'Notebook',
  knownCategory: 'Toys',
  ...more,
});

test.each([
  ['product-sales', '7.00', '-7.00'],
  ['product-revenue', '7.00', '-7.00'],
  ['category-revenue', '7.00', '-7.00'],
  ['hourly-sales', '7.00', '-7.00'],
  ['product-name', 'Laptop', null],
  ['orders-by-status', '1 orders', null],
  ['customer-totals', '7.00', '-7.00'],
])('a row of %s that is not there is found', async (table, expected, difference) => {
  const shop = { orders: [orderOf()], products: [productOf()] };
  const views = viewsOf(shop);
  const [row = []] = views[table] ?? [];
  views[table] = [];
  expect(await findings(shop, views)).toEqual([
    {
      key: keyOf(table, row),
      problem: 'total',
      expected,
      found: 'no row',
      difference,
      because: null,
    },
  ]);
});

test.each([
  ['product-sales', [9, 0], '0.00', '0.00'],
  ['product-revenue', [9, null, 100], '1.00', '1.00'],
  ['category-revenue', ['Zoo', 1, 100], '1.00', '1.00'],
  ['hourly-sales', [490_000, 9, 0, 1], '0.00', '0.00'],
  ['product-name', [9, 'Mouse'], 'Mouse', null],
  ['orders-by-status', ['SHIPPED', 1], '1 orders', null],
  ['customer-totals', [9, 0, 0], '0.00', '0.00'],
])('a row of %s that should not be there is found', async (table, row, found, difference) => {
  const shop = { orders: [orderOf()], products: [productOf()] };
  const views = viewsOf(shop);
  views[table]?.push(row);
  const expected = table === 'orders-by-status' ? '0 orders' : 'no row';
  expect(await findings(shop, views)).toEqual([
    { key: keyOf(table, row), problem: 'total', expected, found, difference, because: null },
  ]);
});

test('a product in the wrong category is found, and both categories', async () => {
  const shop = { orders: [orderOf()], products: [productOf()] };
  const views = viewsOf(shop);
  views['product-revenue'] = [[1, 'Toys', 700]];
  views['category-revenue'] = [['Toys', 1, 700]];
  expect(await findings(shop, views)).toMatchObject([
    { key: 'product-revenue 1', expected: 'in Books', found: 'in Toys', difference: null },
    { key: 'category-revenue Books', expected: '7.00', found: 'no row' },
    { key: 'category-revenue Toys', expected: 'no row', found: '7.00' },
  ]);
});

test.each([
  ['another name', {}, 'Mouse', ['Laptop', 'Mouse']],
  ['no name', {}, null, ['Laptop', 'no row']],
  ['a name before its event', { known: 0 }, 'Laptop', ['no row', 'Laptop']],
  ['no name at another version', { version: 2 }, null, ['a row', 'no row']],
] as const)('a product with %s is found', async (_, more, shown, [expected, found]) => {
  const shop = { orders: [], products: [productOf(more)] };
  const views = viewsOf(shop);
  views['product-name'] = shown === null ? [] : [[1, shown]];
  expect(await findings(shop, views)).toMatchObject([
    { key: 'product-name 1', expected, found, difference: null },
  ]);
});

test('one of two categories that bytes and UTF-16 units order differently is missing', async () => {
  const [fish, smile] = ['ﬁsh', '😀'];
  const products = [productOf({ category: fish }), productOf({ id: 2, category: smile })];
  const shop = { orders: [orderOf()], products };
  const views = viewsOf(shop);
  views['category-revenue'] = [[smile, 1, 0]];
  expect(await findings(shop, views)).toMatchObject([
    { key: 'category-revenue ﬁsh', expected: '7.00', found: 'no row' },
  ]);
});

test('a row of a product that nobody told of need not be there while it sells nothing', async () => {
  const cancelled = orderOf({ version: 2, known: 2, cancelledAt: 2 });
  const shop = { orders: [cancelled], products: [productOf({ known: 0 })] };
  const views = viewsOf(shop);
  expect(await findings(shop, views)).toEqual([]);
  expect(await findings(shop, { ...views, 'product-sales': [], 'product-revenue': [] })).toEqual(
    [],
  );
});

test('totals beyond what a double holds are compared exactly', async () => {
  const lines = [{ productId: 1, quantity: 1, priceCents: 2n ** 53n + 1n }];
  const shop = { orders: [orderOf({ lines })], products: [productOf()] };
  const views = viewsOf(shop);
  expect(await findings(shop, views)).toEqual([]);
  views['product-sales'] = [[1, 2n ** 53n]];
  expect(await findings(shop, views)).toMatchObject([
    {
      key: 'product-sales 1',
      expected: '90071992547409.93',
      found: '90071992547409.92',
      difference: '-0.01',
    },
  ]);
});

test.each([
  [
    'a table of which nothing is known',
    [...tables, { name: 'units', key: ['id'], columns: ['n'] }],
  ],
  ['a table less', tables.slice(1)],
  ['another column', tables.map((one, i) => (i === 0 ? { ...one, columns: ['cents'] } : one))],
])('views with %s are not compared', async (_, declared) => {
  const shop = { orders: [], products: [] };
  const cause = /not those that this program compares.*(units \(id, n\)|product-sales)/;
  await expect(findings(shop, viewsOf(shop), declared)).rejects.toThrow(cause);
});
