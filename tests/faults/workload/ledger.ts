import type { Item } from '../../support/shop';

/**
 * What the client knows of a request:
 * - `sent`: under way, or nobody answered: it happened once or not at all
 * - `acknowledged`: answered 2xx
 * - `refused`: answered that nothing was changed
 */
export type Outcome = 'sent' | 'acknowledged' | 'refused';

export type Status = 'CREATED' | 'SHIPPED' | 'DELIVERED' | 'CANCELLED';

export interface KnownProduct {
  /** Unique: finds the row of a request that nobody answered. */
  readonly name: string;
  outcome: Outcome;
  id?: number;
}

export interface KnownOrder {
  /** Unique, for the same reason; sent as the customer's id. */
  readonly mark: number;
  readonly items: readonly Item[];
  /** By the clock of this process, as all times here. */
  readonly sentAt: number;
  outcome: Outcome;
  acknowledgedAt?: number;
  id?: number;
  /** The version in the last acknowledged answer. */
  version: number;
  status: Status;
  /** A change that was sent and whose outcome nobody knows yet. */
  pending?: Status;
  cancelSentAt?: number;
  cancelledAt?: number;
}

/** Everything that was asked of the system, and what it said: what the invariants are judged by. */
export class Ledger {
  readonly products: KnownProduct[] = [];
  readonly orders: KnownOrder[] = [];
  private readonly ordersOf = new Map<number, KnownOrder[]>();
  private marks = 0;
  readonly counts = { acknowledged: 0, refused: 0, unanswered: 0, repeated: 0, bad: 0 };

  nextMark(): number {
    return ++this.marks;
  }

  addOrder(order: KnownOrder): void {
    this.orders.push(order);
    for (const productId of new Set(order.items.map((item) => item.productId))) {
      const orders = this.ordersOf.get(productId) ?? [];
      orders.push(order);
      this.ordersOf.set(productId, orders);
    }
  }

  /** Products that were acknowledged: orders may name them. */
  get productIds(): number[] {
    return this.products.flatMap(({ id }) => id ?? []);
  }

  /**
   * Between which totals, in cents, an answer for a product may lie that was read now, and says that it
   * includes everything that was committed before `asOf`.
   *
   * @param asOf null: the answer says nothing, so it may lack anything
   */
  boundsOf(productId: number, asOf: number | null): { lowest: number; highest: number } {
    let lowest = 0;
    let highest = 0;
    for (const order of this.ordersOf.get(productId) ?? []) {
      if (order.outcome === 'refused') continue;
      const cents = centsOf(order, productId);
      const certain = asOf !== null && (order.acknowledgedAt ?? Infinity) < asOf;
      const takenOut = asOf !== null && (order.cancelledAt ?? Infinity) < asOf;
      if (certain && order.cancelSentAt === undefined) lowest += cents;
      if (!takenOut) highest += cents;
    }
    return { lowest, highest };
  }
}

function centsOf({ items }: KnownOrder, productId: number): number {
  return items
    .filter((item) => item.productId === productId)
    .reduce((sum, { quantity, price }) => sum + quantity * Math.round(price * 100), 0);
}
