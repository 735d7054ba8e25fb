import type { Reader } from '../../src/store/sql';
import { readWindows } from '../../src/views/category-revenue-over-time/routes';
import { readTopProducts } from '../../src/views/top-products/routes';
import type { Answers } from './model';

/** What the views answer, whichever store keeps them. */
export async function answersOf(reader: Reader): Promise<Answers> {
  const products = await reader.all<{ product_id: number; cents: string }>(
    'SELECT product_id, CAST(total_cents AS TEXT) AS cents FROM product_sales',
  );
  const categories = await reader.all<{ category: string; cents: string }>(
    'SELECT category, CAST(total_cents AS TEXT) AS cents FROM category_revenue',
  );
  const hours = await reader.all<{ hour: number; product_id: number; cents: string }>(
    'SELECT hour, product_id, CAST(total_cents AS TEXT) AS cents FROM hourly_sales',
  );
  const top = await readTopProducts(reader, always, 100);
  const categoryHours: Record<string, string> = {};
  for (const { category } of categories) {
    // Smaller pages than there are windows: what is between two of them is not lost.
    for (let start: number | null = always.start; start !== null;) {
      const page = await readWindows(reader, category, { ...always, start }, 2);
      for (const { hour, cents } of page.windows) {
        categoryHours[`${category}/${isoHour(hour)}`] = String(cents);
      }
      start = page.next;
    }
  }
  const statuses = await reader.all<{ status: string; orders: number }>(
    'SELECT status, orders FROM orders_by_status WHERE orders <> 0',
  );
  const customers = await reader.all<{ customer_id: number; total: string }>(
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
    statuses: Object.fromEntries(statuses.map(({ status, orders }) => [status, String(orders)])),
    customers: Object.fromEntries(customers.map((row) => [row.customer_id, row.total])),
    products: Object.fromEntries(products.map((row) => [row.product_id, row.cents])),
    categories: Object.fromEntries(categories.map((row) => [row.category, row.cents])),
    hours: Object.fromEntries(
      hours.map(({ hour, product_id, cents }) => [`${isoHour(hour)}/${product_id}`, cents]),
    ),
  };
}

const always = { start: 0, end: 1_000_000 };

export const isoHour = (hour: number): string =>
  new Date(hour * 3_600_000).toISOString().slice(0, 13);
