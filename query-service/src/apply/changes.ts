import type { OrderStatus } from 'contracts/events';
import type { OrderEvent, ProductEvent } from './event';

/**
 * A sale that starts or stops counting: one order line, with the sign of the change.
 * `units` and `cents` are negative when a cancelled order is taken out, and 0 when an order is already
 * cancelled when it is first seen: it names its products all the same.
 */
export interface Sale {
  readonly productId: number;
  /** UTC hour of the order's `placedAt`, in whole hours since 1970. */
  readonly hour: number;
  readonly units: number;
  readonly cents: number;
}

/** An order that moved on. */
export interface OrderChange {
  readonly customerId: number;
  /** Null: it is seen for the first time. */
  readonly from: OrderStatus | null;
  readonly to: OrderStatus;
  /** What all of its items cost together, whatever its status. */
  readonly cents: number;
}

/** A product's newest state. */
export interface ProductChange {
  readonly productId: number;
  readonly name: string;
  readonly category: string;
}

/** What one batch changes, in the terms that views are written in. */
export interface Changes {
  readonly sales: readonly Sale[];
  readonly orders: readonly OrderChange[];
  readonly products: readonly ProductChange[];
}

/** What is remembered of an order: enough to know what it contributes now. Its items never change. */
export interface KnownOrder {
  readonly version: number;
  readonly status: OrderStatus;
}

/** Whether an order in this status is a sale. Null: it was never seen. */
export const isCounted = (status: OrderStatus | null): boolean =>
  status !== null && status !== 'CANCELLED';

/** The newest version of each aggregate that was applied; absent means none. */
export interface Known {
  readonly orders: ReadonlyMap<number, KnownOrder>;
  readonly products: ReadonlyMap<number, number>;
}

/** An aggregate whose version jumped: an event between is missing, or comes later. */
export interface Gap {
  readonly aggregate: string;
  readonly from: number;
  readonly to: number;
}

export interface Folded {
  readonly changes: Changes;
  /** The newest state of the aggregates that this batch moved on. */
  readonly orders: ReadonlyMap<number, KnownOrder>;
  readonly products: ReadonlyMap<number, number>;
  readonly applied: number;
  /** Events whose version was not newer than the known one: they change nothing. */
  readonly duplicates: number;
  readonly gaps: readonly Gap[];
}

/**
 * Decides what a batch of events changes, given the versions that are known.
 *
 * A view is a function of the newest version of each aggregate: a version that is not newer changes
 * nothing; a newer one applies the difference between what the aggregate contributed and what it
 * contributes now. So the result does not depend on order, repetition or how events are batched.
 */
export function fold(events: readonly (OrderEvent | ProductEvent)[], known: Known): Folded {
  const orders = new Map<number, KnownOrder>();
  const products = new Map<number, number>();
  const sales: Sale[] = [];
  const orderChanges: OrderChange[] = [];
  const productChanges = new Map<number, ProductChange>();
  const gaps: Gap[] = [];
  let applied = 0;

  for (const event of events) {
    const before =
      event.aggregate === 'order'
        ? (orders.get(event.id) ?? known.orders.get(event.id) ?? neverSeen)
        : { version: products.get(event.id) ?? known.products.get(event.id) ?? 0, status: null };
    if (event.version <= before.version) continue;

    applied++;
    if (event.version > before.version + 1) {
      const aggregate = `${event.aggregate}:${event.id}`;
      gaps.push({ aggregate, from: before.version, to: event.version });
    }
    if (event.aggregate === 'order') {
      const { version, status, customerId } = event;
      orders.set(event.id, { version, status });
      orderChanges.push({ customerId, from: before.status, to: status, cents: centsOf(event) });
      const sign = Number(isCounted(status)) - Number(isCounted(before.status));
      if (sign !== 0 || before === neverSeen) sales.push(...linesOf(event, sign));
    } else {
      products.set(event.id, event.version);
      const { id: productId, name, category } = event;
      productChanges.set(productId, { productId, name, category });
    }
  }

  return {
    changes: { sales, orders: orderChanges, products: [...productChanges.values()] },
    orders,
    products,
    applied,
    duplicates: events.length - applied,
    gaps,
  };
}

/** Stands before an aggregate's first event: every version is newer. */
const neverSeen = { version: 0, status: null };

/** What an order contributes, line by line: added (sign 1), taken out (-1), or only named (0). */
function linesOf(order: OrderEvent, sign: number): Sale[] {
  return order.items.map(({ productId, quantity, price }) => ({
    productId,
    hour: order.hour,
    units: sign * quantity,
    cents: sign * quantity * price,
  }));
}

/** Exact: an order's items stay below 2^53 cents by the contract's limits. */
const centsOf = ({ items }: OrderEvent): number =>
  items.reduce((cents, { quantity, price }) => cents + quantity * price, 0);
