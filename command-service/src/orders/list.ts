import type { OrderStatus } from 'contracts/events';
import type { Sql } from 'service-kit/sql';
import { mostLookedAt } from '../http/lists';
import type { Order } from './order';
import { orderColumns } from './table';

/** Which orders are asked for. Null: whichever. */
export interface Filter {
  readonly customerId: number | null;
  /** With a line of this product, of a product in this category. */
  readonly productId: number | null;
  readonly category: string | null;
  readonly status: OrderStatus | null;
  /** Milliseconds since 1970: placed at or after the one, before the other. */
  readonly placedFrom: number | null;
  readonly placedTo: number | null;
}

/** An order's place in the list. */
export interface Place {
  /** Milliseconds since 1970. */
  readonly placedAt: number;
  readonly id: number;
}

/**
 * A page of orders, the last placed first.
 *
 * @param after the `next` of the page before; null: the first page
 * @param limit orders at most. There may be fewer, even none, although more follow: others were looked at, too
 * @returns `next`: null on the last page
 */
export async function listOrders(
  sql: Sql,
  filter: Filter,
  after: Place | null,
  limit: number,
): Promise<{ orders: Order[]; next: Place | null }> {
  const { customerId, productId, category, status, placedFrom, placedTo } = filter;
  const isOfProduct = customerId === null && productId !== null && (await isRare(sql, productId));
  const source = customerId !== null ? 'customer' : isOfProduct ? 'product' : 'time';
  const range = [
    placedFrom === null ? '-infinity' : new Date(placedFrom),
    placedTo === null ? 'infinity' : new Date(placedTo),
    after === null ? 'infinity' : new Date(after.placedAt),
    after?.id ?? 0,
    ...(source === 'customer' ? [customerId] : source === 'product' ? [productId] : []),
  ];
  const rows = await sql<Order>({
    name: `list-orders-by-${source}`,
    text: pages[source],
    values: [...range, limit + 1, status, productId, category],
  });
  const orders = rows.slice(0, limit);
  const last = orders.at(-1);
  if (rows.length > limit && last !== undefined) {
    return { orders, next: { placedAt: last.placedAt.getTime(), id: last.id } };
  }
  const [cut] = await sql<{ placedAt: Date; id: number }>({
    name: `find-cut-by-${source}`,
    text: cuts[source],
    values: range,
  });
  return { orders, next: cut === undefined ? null : { ...cut, placedAt: cut.placedAt.getTime() } };
}

/** Whether the orders that name a product are so few that a page can look at all of them. */
async function isRare(sql: Sql, productId: number): Promise<boolean> {
  const [counted] = await sql<{ isRare: boolean }>({
    name: 'count-orders-of-product',
    text: `SELECT count(*) <= ${mostLookedAt} AS "isRare"
           FROM (SELECT FROM order_items WHERE product_id = $1 LIMIT ${mostLookedAt + 1}) AS lines`,
    values: [productId],
  });
  return counted?.isRare === true;
}

/** $1 to $4: placed from, placed before, and the place behind which the page lies; $5 of two of them: whose. */
const ranges = {
  time: '',
  customer: 'AND customer_id = $5',
  product: 'AND id IN (SELECT order_id FROM order_items WHERE product_id = $5)',
};
type Source = keyof typeof ranges;

const rangeOf = (source: Source): string => `
  FROM orders
  WHERE placed_at >= $1::timestamptz AND placed_at < $2::timestamptz
    AND (placed_at, id) < ($3::timestamptz, $4::bigint) ${ranges[source]}
  ORDER BY placed_at DESC, id DESC`;

/** Then its length, and the status, product and category of its orders. @param at of the first of these */
const pageOf = (source: Source, at: number): string => `
  SELECT ${orderColumns}
  FROM (SELECT * ${rangeOf(source)} LIMIT ${mostLookedAt}) AS orders
  WHERE ($${at + 1}::text IS NULL OR status = $${at + 1})
    AND ($${at + 2}::bigint IS NULL OR EXISTS (
      SELECT FROM order_items WHERE order_id = orders.id AND product_id = $${at + 2}
    ))
    AND ($${at + 3}::text IS NULL OR EXISTS (
      SELECT FROM order_items JOIN products ON products.id = product_id
      WHERE order_id = orders.id AND category = $${at + 3}
    ))
  ORDER BY placed_at DESC, id DESC
  LIMIT $${at}`;

const pages = {
  time: pageOf('time', 5),
  customer: pageOf('customer', 6),
  product: pageOf('product', 6),
};

/** The last of the orders that a page has looked at; none: it has looked at all that there are. */
const cutOf = (source: Source): string =>
  `SELECT placed_at AS "placedAt", id ${rangeOf(source)} OFFSET ${mostLookedAt - 1} LIMIT 1`;

const cuts = { time: cutOf('time'), customer: cutOf('customer'), product: cutOf('product') };
