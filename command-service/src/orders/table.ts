import type { OrderStatus } from 'contracts/events';
import type { Sql } from 'service-kit/sql';
import type { Order } from './order';

/** What a SELECT reads of an order, FROM `orders` or a subquery of that name. */
export const orderColumns = `id, customer_id AS "customerId", status, placed_at AS "placedAt", version,
         updated_at AS "updatedAt",
         (
           SELECT json_agg(
             json_build_object(
               'productId', product_id, 'quantity', quantity, 'priceCents', price_cents
             ) ORDER BY position
           )
           FROM order_items
           WHERE order_id = orders.id
         ) AS items`;

const selectOrder = `
  SELECT ${orderColumns}
  FROM orders
  WHERE id = $1`;

/** A committed order, or undefined. */
export async function findOrder(sql: Sql, id: number): Promise<Order | undefined> {
  const [order] = await sql<Order>({ name: 'find-order', text: selectOrder, values: [id] });
  return order;
}

/**
 * Locks an order and returns its newest committed version, or undefined. Nobody else can lock it until the transaction
 * ends, so versions have no gaps and no duplicates.
 */
export async function lockOrder(sql: Sql, id: number): Promise<Order | undefined> {
  const [order] = await sql<Order>({
    name: 'lock-order',
    text: `${selectOrder} FOR UPDATE`,
    values: [id],
  });
  return order;
}

/**
 * Writes the next version of an order.
 *
 * @param order as `lockOrder` returned it
 */
export async function updateStatus(sql: Sql, order: Order, status: OrderStatus): Promise<Order> {
  const [updated] = await sql<Pick<Order, 'status' | 'version' | 'updatedAt'>>({
    name: 'update-order-status',
    text: `UPDATE orders
           SET status = $2, version = version + 1,
               updated_at = date_trunc('milliseconds', clock_timestamp())
           WHERE id = $1
           RETURNING status, version, updated_at AS "updatedAt"`,
    values: [order.id, status],
  });
  if (updated === undefined) throw new Error(`order ${order.id} vanished under its lock`);
  return { ...order, ...updated };
}
