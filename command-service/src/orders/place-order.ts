import { appendEvent, type Route } from '../outbox/append-event';
import type { Sql } from '../transaction';
import { checkPlacedAt } from './check-placed-at';
import { checkProducts } from './check-products';
import { insertOrder, type NewOrder } from './insert-order';
import { type Order, orderCreated } from './order';

/**
 * Writes a new order with its event.
 *
 * @throws {Problem} 400 when it is placed in the future, 422 when it names unknown products
 */
export async function placeOrder(sql: Sql, order: NewOrder, route: Route): Promise<Order> {
  if (order.placedAt !== null) await checkPlacedAt(sql, order.placedAt);
  await checkProducts(
    sql,
    order.items.map(({ productId }) => productId),
  );
  const placed = await insertOrder(sql, order);
  await appendEvent(sql, orderCreated(placed), route);
  return placed;
}
