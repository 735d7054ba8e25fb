import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { query } from 'local/query';
import { defaultAggregates } from '../src/model/aggregates';
import { PostgresViewStore } from '../src/store/postgres/postgres-view-store';
import type { Reader } from '../src/store/sql';
import { Connection } from '../src/store/sqlite/connection';
import { SqliteViewStore } from '../src/store/sqlite/sqlite-view-store';
import { awaitedProducts } from '../src/views/awaited-products';
import { readWindows } from '../src/views/category-revenue-over-time/routes';
import { categories } from '../src/views/category-revenue/view';
import { windowReader } from '../src/views/hourly-sales/read-windows';
import { maxTopProductsRows, readTopProducts } from '../src/views/top-products/routes';
import { views } from '../src/views/views';
import { startViewsServer, type ViewsServer } from './support/views-database';

const products = 40;
const hours = 30;
const orderPartitions = 6;
/** Products that nobody has told of are 7, 14, 21 … */
const isTold = (product: number): boolean => product % 7 !== 0;

let server: ViewsServer;
let folder: string;
let sqlite: SqliteViewStore;
let postgres: PostgresViewStore;
const schema = 'partitions';

const sql = (text: string) => query(server, `SET search_path = ${schema}; ${text}`);

beforeAll(async () => {
  server = await startViewsServer();
  folder = await mkdtemp(join(tmpdir(), 'views-'));
  const kept = { views, version: 1, topics: defaultAggregates };
  const { host, port, database, user, password } = server;
  const where = { login: { host, port, database, user, password }, schema };
  await PostgresViewStore.create(where, kept);
  postgres = await PostgresViewStore.open(where, kept);
  const file = join(folder, 'views.sqlite');
  sqlite = await SqliteViewStore.open(file, views, 1);
  const writer = await Connection.openExisting(file);

  // The same in both: here each product's sales are in several partitions, there added up.
  const told = [];
  const sold = [];
  for (let product = 1; product <= products; product++) {
    if (isTold(product)) told.push(`(${product % 6}, ${product}, 0, 'Category ${product % 3}')`);
    for (let hour = 0; hour < hours; hour++) {
      for (let partition = 0; partition < orderPartitions; partition++) {
        if ((product + hour + partition) % 4 === 0) continue;
        const cents = ((product * 31 + hour * 17 + partition * 7) % 5) * 100;
        sold.push(`(${1_000 + partition}, ${hour}, ${product}, 1, ${cents})`);
      }
    }
  }
  await sql(`
    INSERT INTO hourly_sales_by_source (source, hour, product_id, units, total_cents) VALUES ${sold.join(',')};
    INSERT INTO product_revenue_by_source (source, product_id, total_cents, category) VALUES ${told.join(',')};
    INSERT INTO product_revenue_by_source (source, product_id, total_cents)
      SELECT source, product_id, sum(total_cents) FROM hourly_sales_by_source GROUP BY source, product_id;
    INSERT INTO product_name_by_source (source, product_id, name)
      SELECT source, product_id, 'Product ' || product_id FROM product_revenue_by_source WHERE category IS NOT NULL;
    INSERT INTO product_state_by_source (source, product_id, version, content)
      SELECT source, product_id, 1, 1 FROM product_revenue_by_source WHERE category IS NOT NULL;`);
  await writer.script(`
    CREATE TABLE sold (source, hour, product_id, units, total_cents);
    INSERT INTO sold VALUES ${sold.join(',')};
    CREATE TABLE told (source, product_id, total_cents, category);
    INSERT INTO told VALUES ${told.join(',')};
    INSERT INTO hourly_sales (hour, product_id, units, total_cents)
      SELECT hour, product_id, sum(units), sum(total_cents) FROM sold GROUP BY hour, product_id;
    INSERT INTO product_revenue (product_id, total_cents, category)
      SELECT product_id, sum(sold.total_cents), max(category) FROM sold LEFT JOIN told USING (product_id) GROUP BY product_id;
    INSERT INTO category_revenue (category, products, total_cents)
      SELECT category, count(*), sum(total_cents) FROM product_revenue WHERE category IS NOT NULL GROUP BY category;
    INSERT INTO product_name (product_id, name) SELECT product_id, 'Product ' || product_id FROM told;
    DROP TABLE sold; DROP TABLE told;`);
  await writer.close();
});
afterAll(async () => {
  await postgres?.close();
  await sqlite?.close();
  await server?.stop();
  await rm(folder, { recursive: true });
});

/** What both stores say, which must be the same, to the byte. */
async function same(read: (reader: Reader) => Promise<unknown>): Promise<unknown> {
  const [ours, theirs] = [await read(postgres.reader), await read(sqlite.reader)];
  expect(JSON.stringify(ours)).toBe(JSON.stringify(theirs));
  return ours;
}

const periods = [
  [0, hours],
  [3, 4],
  [5, 29],
  [-1_000_000, 2],
  [28, 1_000_000],
  [hours, hours + 5],
  [4, 4],
] as const;

test.each(periods)('top products of the hours from %i to %i', async (start, end) => {
  for (const limit of [1, 5, products]) {
    await same((reader) => readTopProducts(reader, { start, end }, limit));
  }
});

test('the revenue of categories, and of one that nobody has', async () => {
  const asked = ['Category 0', 'Category 1', 'Category 2', 'Nothing'];
  await same(async (reader) =>
    (await reader.byKey(categories, asked)).map((row) => [row?.products, row?.total_cents]),
  );
  await same(async (reader) =>
    (await reader.everyRow(categories)).sort((a, b) => (a.category < b.category ? -1 : 1)),
  );
});

test.each(periods)('a category over the hours from %i to %i', async (start, end) => {
  for (const limit of [3, 1_000]) {
    await same((reader) => readWindows(reader, 'Category 1', { start, end }, limit));
  }
});

test.each(periods)('windows of the hours from %i to %i, page by page', async (start, end) => {
  for (const productId of [null, 8]) {
    for (const [afterHour, afterProduct] of [
      [Number.MIN_SAFE_INTEGER, 0],
      [6, 8],
      [6, products],
    ] as const) {
      await same((reader) =>
        windowReader(reader)({ start, end, productId, afterHour, afterProduct }, 50),
      );
    }
  }
});

test('products that were sold before anybody told of them', async () => {
  const awaited = await same(async (reader) =>
    (await reader.all<{ product_id: number }>(awaitedProducts)).sort(
      (a, b) => a.product_id - b.product_id,
    ),
  );
  expect(awaited).toEqual([7, 14, 21, 28, 35].map((id) => ({ product_id: id })));
});

test('a window is one, however many partitions it is of: as many as may be read, and a 422 of one more', async () => {
  const perHour = 1_000;
  const start = 1_000;
  const end = start + maxTopProductsRows / perHour;
  await sql(`
    INSERT INTO hourly_sales_by_source (source, hour, product_id, units, total_cents)
    SELECT 1000 + source, ${start} + n / ${perHour}, 1 + n % ${perHour}, 1, 100
    FROM generate_series(0, ${maxTopProductsRows - 1}) AS n, generate_series(0, 1) AS source`);
  const [first] = await readTopProducts(postgres.reader, { start, end }, 1);
  expect(first).toMatchObject({ productId: 1, units: 2 * (end - start) });
  await expect(readTopProducts(postgres.reader, { start: hours - 1, end }, 1)).rejects.toThrow(
    /^422 more than 500000 hourly sales/,
  );
});
