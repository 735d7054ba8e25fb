import { failpoint } from 'service-kit/failpoints';
import { failpoints } from '../failpoints';
import type { Sql } from '../transaction';
import type { OrderStatus } from './decide';
import type { Order } from './order';

/**
 * Writes the next version of an order.
 *
 * @param order as `lockOrder` gave it
 */
export async function updateStatus(sql: Sql, order: Order, status: OrderStatus): Promise<Order> {
  const [updated] = await sql<Pick<Order, 'status' | 'version' | 'updatedAt'>>(
    `UPDATE orders
     SET status = $2, version = version + 1,
         updated_at = date_trunc('milliseconds', clock_timestamp())
     WHERE id = $1
     RETURNING status, version, updated_at AS "updatedAt"`,
    [order.id, status],
  );
  await failpoint(failpoints.entityWritten);
  if (updated === undefined) throw new Error(`order ${order.id} vanished under its lock`);
  return { ...order, ...updated };
}
