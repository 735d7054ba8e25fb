import { failpoint } from 'service-kit/failpoints';
import { failpoints } from '../failpoints';
import type { Sql } from '../transaction';
import type { Order } from './order';

const selectOrder = `
  SELECT id, customer_id AS "customerId", status, placed_at AS "placedAt", version,
         updated_at AS "updatedAt",
         (
           SELECT json_agg(
             json_build_object(
               'productId', product_id, 'quantity', quantity, 'priceCents', price_cents
             ) ORDER BY position
           )
           FROM order_items
           WHERE order_id = orders.id
         ) AS items
  FROM orders
  WHERE id = $1`;

/** A committed order, or undefined. */
export async function findOrder(sql: Sql, id: number): Promise<Order | undefined> {
  const [order] = await sql<Order>(selectOrder, [id]);
  return order;
}

/**
 * The newest committed version of an order, or undefined. Until the transaction ends, nobody else
 * gets it for changing: versions have no hole and no twin.
 */
export async function lockOrder(sql: Sql, id: number): Promise<Order | undefined> {
  const [order] = await sql<Order>(`${selectOrder} FOR UPDATE`, [id]);
  await failpoint(failpoints.orderLocked);
  return order;
}
