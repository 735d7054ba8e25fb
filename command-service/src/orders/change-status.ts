import type { OrderStatus } from 'contracts/events';
import { notFound } from 'service-kit/path-id';
import { Problem } from 'service-kit/problem';
import type { Sql } from 'service-kit/sql';
import type { Precondition } from '../http/etag';
import { appendEvent, type Route } from '../outbox/append-event';
import { decide } from './decide';
import { type Order, orderStatusUpdated } from './order';
import { lockOrder, updateStatus } from './table';

/**
 * Moves an order to a status, with its event, or leaves it when it has that status.
 *
 * @returns the order as it is then
 * @throws {Problem} 404, 412 or 409, in this order
 */
export async function changeStatus(
  sql: Sql,
  id: number,
  request: { status: OrderStatus; precondition: Precondition },
  route: Route,
): Promise<Order> {
  const order = await lockOrder(sql, id);
  if (order === undefined) throw notFound('order', id);
  switch (decide(order, request)) {
    case 'precondition failed':
      throw new Problem(412, `order ${id} has version ${order.version} now: read it again`, {
        code: 'other-version',
      });
    case 'conflict':
      throw new Problem(409, `order ${id} is ${order.status}: it cannot become ${request.status}`, {
        code: 'no-such-step',
      });
    case 'unchanged':
      return order;
    case 'change': {
      const changed = await updateStatus(sql, order, request.status);
      await appendEvent(sql, orderStatusUpdated(changed), route);
      return changed;
    }
  }
}
