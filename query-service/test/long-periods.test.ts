import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '../src/store/sqlite/connection';
import { SqliteViewStore } from '../src/store/sqlite/sqlite-view-store';
import { readWindows } from '../src/views/category-revenue-over-time/routes';
import { windowReader } from '../src/views/hourly-sales/read-windows';
import { maxTopProductsRows, readTopProducts } from '../src/views/top-products/routes';
import type { Reader } from '../src/store/sql';
import { views } from '../src/views/views';
import { instead } from './support/views';

// 1,000 products that sell for 1.00 in every hour; every tenth of them is in the category that is asked.
const products = 1_000;
const hours = maxTopProductsRows / products;

let folder: string;
let store: SqliteViewStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'views-'));
  const file = join(folder, 'views.sqlite');
  store = await SqliteViewStore.open(file, views, 1);
  const writer = await Connection.openExisting(file);
  await writer.script(`
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${maxTopProductsRows})
    INSERT INTO hourly_sales SELECT i / ${products}, 1 + i % ${products}, 1, 100 FROM n;
    INSERT INTO product_revenue
    SELECT product_id, 100, iif(product_id % 10 = 0, 'Tenth', 'Other') FROM hourly_sales WHERE hour = 0;
  `);
  await writer.close();
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

test('top products of as much as one question may read, and a 422 of one row more', async () => {
  const top = await readTopProducts(store.reader, { start: 0, end: hours }, 2);
  expect(top).toEqual([
    { productId: 1, name: null, category: 'Other', units: hours, cents: String(hours * 100) },
    { productId: 2, name: null, category: 'Other', units: hours, cents: String(hours * 100) },
  ]);

  const writer = await Connection.openExisting(join(folder, 'views.sqlite'));
  await writer.script(`INSERT INTO hourly_sales VALUES (${hours}, 1, 1, 100)`);
  await writer.close();
  await expect(readTopProducts(store.reader, { start: 0, end: hours + 1 }, 2)).rejects.toThrow(
    /^422 more than 500000 hourly sales lie between start and end: ask for a shorter period$/,
  );
});

test('a page of a category ends, at the end of an hour, when much of others lies between', async () => {
  const asked = { start: 0, end: hours };
  const pages: { hour: number; cents: string }[][] = [];
  let from: number | null = asked.start;
  while (from !== null) {
    const page = await readWindows(store.reader, 'Tenth', { ...asked, start: from }, 10_000);
    pages.push(page.windows);
    from = page.next;
  }
  expect(pages.length).toBeGreaterThan(4);
  for (const page of pages) expect(page.length).toBeLessThanOrEqual(100);
  expect(pages.flat()).toEqual(
    Array.from({ length: hours }, (_, hour) => ({ hour, cents: String(products * 10) })),
  );

  // A page without a window, although the next one may have some.
  expect(await readWindows(store.reader, 'None', asked, 10)).toEqual({ windows: [], next: 100 });
});

describe('hourly sales of one product', () => {
  const asked = { start: 0, end: hours, productId: 7, afterHour: -1, afterProduct: 0 };

  test('cost a look-up in each hour that has sales, however many products were sold in it', async () => {
    let plan: { detail: string }[] = [];
    const explaining: Pick<Reader, 'all'> = {
      all: async (select, ...parameters) => {
        const sql = typeof select === 'string' ? select : select.sqlite;
        plan = await store.reader.all(`EXPLAIN QUERY PLAN ${sql}`, ...parameters);
        return store.reader.all(sql, ...parameters);
      },
    };
    await windowReader(instead(store.reader, explaining))(asked, 10);
    const searches = plan
      .map(({ detail }) => detail)
      .filter((detail) => detail.includes('hourly_sales'));
    // The first hour, the one behind an hour, and the product in it. An hour's own rows are not read.
    expect(searches).toEqual([
      'SEARCH hourly_sales USING PRIMARY KEY (hour>?)',
      'SEARCH hourly_sales USING PRIMARY KEY (hour>?)',
      'SEARCH hourly_sales USING PRIMARY KEY (hour=? AND product_id=?)',
    ]);
  });

  test('are the same in pages', async () => {
    const readHourlySales = windowReader(store.reader);
    const all = await readHourlySales(asked, hours + 1);
    expect(all).toEqual(
      Array.from({ length: hours }, (_, hour) => ({ hour, productId: 7, cents: '100' })),
    );
    // A cursor of another question, before and behind the product in its hour.
    const behind = { ...asked, afterHour: 200 };
    expect(await readHourlySales({ ...behind, afterProduct: 6 }, 2)).toEqual(all.slice(200, 202));
    expect(await readHourlySales({ ...behind, afterProduct: 7 }, 2)).toEqual(all.slice(201, 203));
    expect(await readHourlySales({ ...asked, productId: products + 1 }, 2)).toEqual([]);
    expect(await readHourlySales({ ...asked, start: hours + 5, end: hours + 9 }, 2)).toEqual([]);
  });

  test('are each its own when they are asked for at the same time', async () => {
    const readHourlySales = windowReader(store.reader);
    const questions = Array.from({ length: 120 }, (_, n) => ({
      start: n % 7,
      end: (n % 7) + 1 + 3 * (n % 90),
      productId: n % 10 === 0 ? products + n : n,
      most: n % 4 === 0 ? 2 : 1_000,
    }));
    const answers = await Promise.all(
      questions.map(({ most, ...question }) => readHourlySales({ ...asked, ...question }, most)),
    );
    expect(answers).toEqual(
      questions.map(({ start, end, productId, most }) =>
        Array.from({ length: productId > products ? 0 : Math.min(end - start, most) }, (_, n) => ({
          hour: start + n,
          productId,
          cents: '100',
        })),
      ),
    );
  });
});
