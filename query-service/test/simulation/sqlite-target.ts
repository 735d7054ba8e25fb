import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '../../src/store/sqlite/connection';
import { SqliteViewStore } from '../../src/store/sqlite/sqlite-view-store';
import type { Statement } from '../../src/store/sql';
import type { InSqlite } from '../../src/store/table';
import { readWindows } from '../../src/views/category-revenue-over-time/routes';
import { readTopProducts } from '../../src/views/top-products/routes';
import { views } from '../../src/views/views';
import type { Answers } from './model';
import type { Target } from './simulate';

export interface SqliteTarget extends Target {
  readonly file: string;
}

/** The views as they run: their SQL, in a real file (in memory where the system has such a folder). */
export async function openSqliteTarget(): Promise<SqliteTarget> {
  const home = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'simulation-'));
  const file = join(home, 'views.sqlite');
  let failing: number | null = null;
  const interruptible = views.map((view, index) => ({
    ...view,
    sqlite: interrupted(view.sqlite, () => failing === index),
  }));
  const store = await SqliteViewStore.open(file, interruptible, 1);
  const eraser = await Connection.openWriter(file);
  const tables = await eraser.all<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'origin'",
  );
  const erase = [
    'BEGIN',
    ...tables.map(({ name }) => `DELETE FROM ${name}`),
    'UPDATE origin SET source_id = NULL, cluster_id = NULL',
    'COMMIT',
  ].join(';');

  return {
    file,
    store,
    viewCount: views.length,
    failBehind: (view) => {
      failing = view;
    },
    erase: () => eraser.script(erase),
    answers: async (): Promise<Answers> => {
      const products = await store.reader.all<{ product_id: number; cents: string }>(
        'SELECT product_id, CAST(total_cents AS TEXT) AS cents FROM product_sales',
      );
      const categories = await store.reader.all<{ category: string; cents: string }>(
        'SELECT category, CAST(total_cents AS TEXT) AS cents FROM category_revenue',
      );
      const hours = await store.reader.all<{ hour: number; product_id: number; cents: string }>(
        'SELECT hour, product_id, CAST(total_cents AS TEXT) AS cents FROM hourly_sales',
      );
      const top = await readTopProducts(store.reader, always, 100);
      const categoryHours: Record<string, string> = {};
      for (const { category } of categories) {
        // Smaller pages than there are windows: what is between two of them is not lost.
        for (let start: number | null = always.start; start !== null;) {
          const page = await readWindows(store.reader, category, { ...always, start }, 2);
          for (const { hour, cents } of page.windows) {
            categoryHours[`${category}/${isoHour(hour)}`] = String(cents);
          }
          start = page.next;
        }
      }
      const statuses = await store.reader.all<{ status: string; orders: number }>(
        'SELECT status, orders FROM orders_by_status WHERE orders <> 0',
      );
      const customers = await store.reader.all<{ customer_id: number; total: string }>(
        `SELECT customer_id, orders || ' for ' || total_cents AS total FROM customer_totals`,
      );
      return {
        // An array of this realm: sqlite3's own are strictly equal to none of a test's.
        top: Array.from(top, ({ productId, name, category, units, cents }) => [
          productId,
          name,
          category,
          String(units),
          String(cents),
        ]),
        categoryHours,
        statuses: Object.fromEntries(
          statuses.map(({ status, orders }) => [status, String(orders)]),
        ),
        customers: Object.fromEntries(customers.map((row) => [row.customer_id, row.total])),
        products: Object.fromEntries(products.map((row) => [row.product_id, row.cents])),
        categories: Object.fromEntries(categories.map((row) => [row.category, row.cents])),
        hours: Object.fromEntries(
          hours.map(({ hour, product_id, cents }) => [`${isoHour(hour)}/${product_id}`, cents]),
        ),
      };
    },
    close: async () => {
      await eraser.close();
      await store.close();
      await rm(home, { recursive: true });
    },
  };
}

/** Fails where it stands in a step: what was written before it must not stay. */
const crash: Statement = { sql: "SELECT json('crash') FROM json_each(?)", rows: [0] };

const interrupted = (real: InSqlite | undefined, isFailing: () => boolean): InSqlite => ({
  ...real,
  writes: (changes, upserts) => [
    ...(real?.writes(changes, upserts) ?? upserts),
    ...(isFailing() ? [crash] : []),
  ],
});

const always = { start: 0, end: 1_000_000 };

export const isoHour = (hour: number): string =>
  new Date(hour * 3_600_000).toISOString().slice(0, 13);
