import { query } from 'local/query';
import { QuerySnapshot } from 'reconcile/query-snapshot';
import type { Stack } from './stack';

/** What the three views show, money as text so that no digit is lost. */
export interface Views {
  readonly products: Record<string, string>;
  readonly categories: Record<string, string>;
  readonly hours: Record<string, string>;
}

const sales = `
  SELECT p.id AS product_id, p.category, o.placed_at, i.quantity, i.quantity * i.price_cents AS cents
  FROM order_items i
  JOIN orders o ON o.id = i.order_id AND o.status <> 'CANCELLED'
  JOIN products p ON p.id = i.product_id
`;

/** The views, computed anew from PostgreSQL's entities by plain SQL: the judge of `reconcile` itself. */
export async function recompute(stack: Stack): Promise<Views> {
  const sums = async (text: string): Promise<Record<string, string>> => {
    const rows = await query<{ key: string; cents: string }>(stack.database, text);
    return Object.fromEntries(rows.map(({ key, cents }) => [key, cents]));
  };
  return {
    products: await sums(`
      SELECT p.id::text AS key, coalesce(sum(cents), 0)::text AS cents
      FROM products p LEFT JOIN (${sales}) s ON s.product_id = p.id GROUP BY p.id`),
    categories: await sums(`
      SELECT p.category AS key, coalesce(sum(s.cents), 0)::text AS cents
      FROM products p LEFT JOIN (
        SELECT product_id, sum(cents) AS cents FROM (${sales}) s GROUP BY product_id
      ) s ON s.product_id = p.id GROUP BY p.category`),
    hours: await sums(`
      SELECT to_char(date_trunc('hour', placed_at AT TIME ZONE 'UTC'), 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
             || ' ' || product_id AS key, sum(cents)::text AS cents
      FROM (${sales}) s GROUP BY 1, product_id`),
  };
}

/** The views as one read transaction of the query service shows them. */
export async function shownViews(stack: Stack): Promise<Views> {
  const snapshot = await QuerySnapshot.open({ url: stack.queryAdmin });
  const views = { products: {}, categories: {}, hours: {} } as Record<keyof Views, Views['hours']>;
  for await (const [id, cents] of snapshot.rows('product-sales'))
    views.products[id] = String(cents);
  for await (const [category, , cents] of snapshot.rows('category-revenue')) {
    views.categories[category] = String(cents);
  }
  for await (const [hour, id, , cents] of snapshot.rows('hourly-sales')) {
    const start = new Date(hour * 3_600_000).toISOString().replace('.000Z', 'Z');
    views.hours[`${start} ${id}`] = String(cents);
  }
  await snapshot.finish();
  return views;
}

/** The views as the query service answers them over HTTP. */
export async function readViews(stack: Stack, expected: Views): Promise<Views> {
  const analytics = `${stack.queries}/api/analytics`;
  const products: Record<string, string> = {};
  for (const id of Object.keys(expected.products)) {
    const { totalSales } = await getJson<{ totalSales: number }>(
      `${analytics}/products/${id}/sales`,
    );
    products[id] = cents(totalSales);
  }
  const categories: Record<string, string> = {};
  for (const category of Object.keys(expected.categories)) {
    const path = `${analytics}/categories/${encodeURIComponent(category)}/revenue`;
    categories[category] = cents((await getJson<{ totalRevenue: number }>(path)).totalRevenue);
  }
  const windows = await getJson<{ windowStart: string; productId: number; totalSales: number }[]>(
    `${analytics}/hourly-sales?start=2000-01-01T00:00:00Z&end=2100-01-01T00:00:00Z&limit=10000`,
  );
  const hours = Object.fromEntries(
    windows.map(({ windowStart, productId, totalSales }) => [
      `${windowStart} ${productId}`,
      cents(totalSales),
    ]),
  );
  return { products, categories, hours };
}

async function getJson<T>(url: string): Promise<T> {
  const answer = await fetch(url);
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** Of a JSON number with two decimals. Rounding cannot hide a cent: totals here are far below 2^46. */
const cents = (amount: number): string => String(Math.round(amount * 100));
