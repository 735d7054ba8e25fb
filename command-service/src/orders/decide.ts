import type { OrderStatus } from 'contracts/events';
import { etag, type Precondition } from '../http/etag';

/** The allowed status transitions of an order. DELIVERED and CANCELLED are final. */
const transitions: Record<OrderStatus, readonly OrderStatus[]> = {
  CREATED: ['SHIPPED', 'CANCELLED'],
  SHIPPED: ['DELIVERED'],
  DELIVERED: [],
  CANCELLED: [],
};

/** What to do about a request for a status of an order that exists. */
export type Decision =
  /** The client decided upon another version than the present one. */
  | 'precondition failed'
  /** The order has this status already: success, and no event. */
  | 'unchanged'
  /** The present status has no transition to this one. */
  | 'conflict'
  | 'change';

/**
 * Decides what a request for a status does. The order of the checks is part of the contract.
 *
 * @param order locked, so that the decision still holds when it is written
 */
export function decide(
  order: { status: OrderStatus; version: number },
  request: { status: OrderStatus; precondition: Precondition },
): Decision {
  if (!request.precondition(etag(order.version))) return 'precondition failed';
  if (order.status === request.status) return 'unchanged';
  return transitions[order.status].includes(request.status) ? 'change' : 'conflict';
}
