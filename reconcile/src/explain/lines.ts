import type { PostgresSnapshot } from '../snapshots/postgres-snapshot';

/** An order's line, as it is added when the order counts. */
export interface Line {
  readonly orderId: number;
  readonly productId: number;
  readonly cents: bigint;
}

/** Reads the lines of these orders, cancelled or not, ordered. */
export async function linesOf(
  postgres: PostgresSnapshot,
  orders: readonly number[],
): Promise<Line[]> {
  const lines: Line[] = [];
  const pages = postgres.pages(
    `SELECT order_id, product_id, quantity * price_cents
     FROM order_items WHERE order_id = ANY($1::bigint[]) ORDER BY order_id, position`,
    [orders],
  );
  for await (const rows of pages) {
    for (const [orderId, productId, cents] of rows as [number, number, number][]) {
      lines.push({ orderId, productId, cents: BigInt(cents) });
    }
  }
  return lines;
}
