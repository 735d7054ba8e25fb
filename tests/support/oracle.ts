import { orderStatuses } from 'contracts/aggregates';
import { query } from 'local/query';
import { QuerySnapshot } from 'reconcile/snapshots/query-snapshot';
import type { Stack } from './stack';

type Shown = Record<string, string>;

/** What the views keep, money in cents, all as text so that no digit is lost. */
export interface KeptViews {
  readonly products: Shown;
  readonly categories: Shown;
  /** By hour and product. */
  readonly hours: Shown;
  readonly statuses: Shown;
  /** By customer: orders and cents. */
  readonly customers: Shown;
}

/** All that they answer: these two are added up from what is kept when somebody asks. */
export interface Views extends KeptViews {
  /** By product: units and cents. */
  readonly topProducts: Shown;
  /** By category and hour. */
  readonly categoryHours: Shown;
}

/** What the analytics API adds up or lists in one answer here: the suites' shops sell in few hours. */
const always = 'start=2000-01-01T00:00:00Z&end=2100-01-01T00:00:00Z';

const hour = `to_char(date_trunc('hour', placed_at AT TIME ZONE 'UTC'), 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;

const sales = `
  SELECT p.id AS product_id, p.category, o.placed_at, i.quantity, i.quantity * i.price_cents AS cents
  FROM order_items i
  JOIN orders o ON o.id = i.order_id AND o.status <> 'CANCELLED'
  JOIN products p ON p.id = i.product_id
`;

/** The views, computed anew from PostgreSQL's entities by plain SQL: the judge of `reconcile` itself. */
export async function recompute(stack: Stack): Promise<Views> {
  const sums = async (text: string): Promise<Shown> => {
    const rows = await query<{ key: string; value: string }>(stack.database, text);
    return Object.fromEntries(rows.map(({ key, value }) => [key, value]));
  };
  return {
    products: await sums(`
      SELECT p.id::text AS key, coalesce(sum(cents), 0)::text AS value
      FROM products p LEFT JOIN (${sales}) s ON s.product_id = p.id GROUP BY p.id`),
    categories: await sums(`
      SELECT p.category AS key, coalesce(sum(s.cents), 0)::text AS value
      FROM products p LEFT JOIN (
        SELECT product_id, sum(cents) AS cents FROM (${sales}) s GROUP BY product_id
      ) s ON s.product_id = p.id GROUP BY p.category`),
    hours: await sums(`
      SELECT ${hour} || ' ' || product_id AS key, sum(cents)::text AS value
      FROM (${sales}) s GROUP BY 1, product_id`),
    statuses: await sums(`
      SELECT status AS key, count(id)::text AS value
      FROM unnest(ARRAY['CREATED', 'SHIPPED', 'DELIVERED', 'CANCELLED']) status
      LEFT JOIN orders USING (status) GROUP BY status`),
    customers: await sums(`
      SELECT o.customer_id::text AS key,
             count(*) FILTER (WHERE status <> 'CANCELLED') || ' ' ||
             coalesce(sum(amount) FILTER (WHERE status <> 'CANCELLED'), 0) AS value
      FROM orders o JOIN (
        SELECT order_id, sum(quantity * price_cents) AS amount FROM order_items GROUP BY order_id
      ) i ON i.order_id = o.id GROUP BY o.customer_id`),
    topProducts: await sums(`
      SELECT product_id::text AS key, sum(quantity) || ' ' || sum(cents) AS value
      FROM (${sales}) s GROUP BY product_id ORDER BY sum(cents) DESC, product_id LIMIT 100`),
    categoryHours: await sums(`
      SELECT category || ' ' || ${hour} AS key, sum(cents)::text AS value
      FROM (${sales}) s GROUP BY category, ${hour}`),
  };
}

/** The views as one read transaction of the query service has them. */
export async function shownViews(stack: Stack): Promise<KeptViews> {
  const snapshot = await QuerySnapshot.open({ url: stack.queryAdmin });
  // A status that no order has had yet has no row.
  const statuses = Object.fromEntries(orderStatuses.map((status) => [status, '0']));
  const shown: KeptViews = { products: {}, categories: {}, hours: {}, statuses, customers: {} };
  for (const { name } of snapshot.header.tables) {
    for await (const row of snapshot.records(name)) {
      const { product_id, category, hour, status, customer_id, orders, total_cents } = row;
      const cents = String(total_cents);
      if (name === 'product-sales') shown.products[String(product_id)] = cents;
      if (name === 'category-revenue') shown.categories[String(category)] = cents;
      if (name === 'orders-by-status') shown.statuses[String(status)] = String(orders);
      if (name === 'customer-totals') shown.customers[String(customer_id)] = `${orders} ${cents}`;
      if (name === 'hourly-sales') {
        const start = new Date(Number(hour) * 3_600_000).toISOString().replace('.000Z', 'Z');
        shown.hours[`${start} ${product_id}`] = cents;
      }
    }
  }
  await snapshot.finish();
  return shown;
}

/** The views as the query service answers them over HTTP. */
export async function readViews(stack: Stack, expected: Views): Promise<Views> {
  const get = <T>(path: string): Promise<T> => getJson<T>(`${stack.queries}/api/analytics/${path}`);
  const products: Shown = {};
  for (const id of Object.keys(expected.products)) {
    const { totalSales } = await get<{ totalSales: number }>(`products/${id}/sales`);
    products[id] = cents(totalSales);
  }
  const categories: Shown = {};
  const categoryHours: Shown = {};
  for (const category of Object.keys(expected.categories)) {
    const path = `categories/${encodeURIComponent(category)}`;
    const { totalRevenue } = await get<{ totalRevenue: number }>(`${path}/revenue`);
    categories[category] = cents(totalRevenue);
    const windows = await get<{ windowStart: string; totalRevenue: number }[]>(
      `${path}/revenue-over-time?${always}&limit=10000`,
    );
    for (const { windowStart, totalRevenue: ofHour } of windows) {
      categoryHours[`${category} ${windowStart}`] = cents(ofHour);
    }
  }
  const customers: Shown = {};
  for (const id of Object.keys(expected.customers)) {
    const totals = await get<{ orders: number; totalSpent: number }>(`customers/${id}/totals`);
    customers[id] = `${totals.orders} ${cents(totals.totalSpent)}`;
  }
  const windows = await get<{ windowStart: string; productId: number; totalSales: number }[]>(
    `hourly-sales?${always}&limit=10000`,
  );
  const hours: Shown = {};
  for (const { windowStart, productId, totalSales } of windows) {
    hours[`${windowStart} ${productId}`] = cents(totalSales);
  }
  const topProducts: Shown = {};
  for (const { productId, units, totalSales } of await get<
    { productId: number; units: number; totalSales: number }[]
  >(`top-products?${always}&limit=100`)) {
    topProducts[productId] = `${units} ${cents(totalSales)}`;
  }
  const statuses = Object.fromEntries(
    Object.entries(await get<Record<string, number>>('orders-by-status')).map(
      ([status, orders]) => [status, String(orders)],
    ),
  );
  return { products, categories, hours, statuses, customers, topProducts, categoryHours };
}

async function getJson<T>(url: string): Promise<T> {
  const answer = await fetch(url);
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** The cents of a JSON number with two decimals. Rounding cannot hide a cent: totals here are far below 2^46. */
const cents = (amount: number): string => String(Math.round(amount * 100));
