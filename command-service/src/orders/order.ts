import type { OrderItemV1 } from 'contracts/event-types';
import type { OrderStatus } from 'contracts/events';
import { type Cents, formatDecimal, formatJsonNumber } from 'contracts/money';
import type { NewEvent } from '../outbox/append-event';

/** An order as the database holds it. */
export interface Order {
  readonly id: number;
  readonly customerId: number;
  readonly status: OrderStatus;
  readonly items: readonly OrderItem[];
  readonly placedAt: Date;
  readonly version: number;
  /** When this version was written. */
  readonly updatedAt: Date;
}

/** An order that does not exist yet. */
export interface NewOrder {
  readonly customerId: number;
  readonly items: readonly OrderItem[];
  /** Null: now, by the database's clock. */
  readonly placedAt: Date | null;
}

/** A line of an order, at the price that the order states. It never changes. */
interface OrderItem {
  readonly productId: number;
  readonly quantity: number;
  readonly priceCents: Cents;
}

/** An order as HTTP shows it. */
export function orderAnswer({ id, customerId, status, items, placedAt }: Order) {
  return {
    id,
    customerId,
    status,
    items: items.map(({ productId, quantity, priceCents }) => ({
      productId,
      quantity,
      price: Number(formatJsonNumber(priceCents)),
    })),
    placedAt: placedAt.toISOString(),
  };
}

/** The event of an order's first version. */
export function orderCreated(order: Order): NewEvent<'OrderCreated'> {
  return {
    ...aggregate(order),
    type: 'OrderCreated',
    payload: { ...state(order), status: 'CREATED' },
  };
}

/** The event of every later version. */
export function orderStatusUpdated(order: Order): NewEvent<'OrderStatusUpdated'> {
  return { ...aggregate(order), type: 'OrderStatusUpdated', payload: state(order) };
}

/** The event of the version that an order has now. */
export function orderEvent(order: Order): NewEvent<'OrderCreated' | 'OrderStatusUpdated'> {
  return order.version === 1 ? orderCreated(order) : orderStatusUpdated(order);
}

function aggregate(order: Order) {
  return {
    aggregateType: 'order',
    aggregateId: order.id,
    aggregateVersion: order.version,
  } as const;
}

function state(order: Order) {
  return {
    orderId: order.id,
    customerId: order.customerId,
    status: order.status,
    items: order.items.map(({ productId, quantity, priceCents }): OrderItemV1 => ({
      productId,
      quantity,
      price: formatDecimal(priceCents),
    })),
    placedAt: order.placedAt.toISOString(),
    occurredAt: order.updatedAt.toISOString(),
  };
}
