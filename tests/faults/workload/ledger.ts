import type { Item } from '../../support/shop';
import { Violation } from '../violation';

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
  readonly sentAt: number;
  outcome: Outcome;
  acknowledgedAt?: number;
  id?: number;
  lostAt?: number;
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
  /** What was acknowledged of it, oldest first: its creation, then its changes. */
  readonly acknowledged: Acknowledged[];
  /** Since when it is gone, with the last seconds of a server. */
  lostAt?: number;
  /** A cancellation that may have happened, and is gone since `lostAt`. */
  lostCancel?: Cancellation & { readonly lostAt: number };
  /** To send it again; without a key nobody does. */
  readonly body: string;
  readonly key?: string;
}

interface Acknowledged {
  readonly version: number;
  readonly status: Status;
  readonly sentAt: number;
  readonly acknowledgedAt: number;
}

interface Cancellation {
  readonly cancelSentAt?: number | undefined;
  readonly cancelledAt?: number | undefined;
}

/** PostgreSQL is replaced by an older copy of itself, which may lack what was acknowledged in between. */
interface Loss {
  /** When the copy was made. */
  readonly from: number;
  /** When the server died that had more. */
  readonly until: number;
  /** When an operator has looked at what is lost, before anybody can write; undefined: nobody has yet. */
  settledAt?: number;
}

/** What PostgreSQL has. */
export interface Kept {
  /** Names. */
  readonly products: ReadonlySet<string>;
  /** By mark. */
  readonly orders: ReadonlyMap<number, KeptOrder>;
}

interface KeptOrder {
  readonly version: number;
  readonly status: string;
}

/** Everything that was asked of the system, and what it said: what the invariants are judged by. */
export class Ledger {
  readonly products: KnownProduct[] = [];
  readonly orders: KnownOrder[] = [];
  private readonly ordersOf = new Map<number, KnownOrder[]>();
  private marks = 0;
  private readonly given = new Map<string, string>();
  /** The last one. */
  loss: Loss | null = null;
  readonly counts = { acknowledged: 0, refused: 0, unanswered: 0, repeated: 0, bad: 0, lost: 0 };

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
    return this.products.flatMap(({ id, lostAt }) => (lostAt === undefined ? (id ?? []) : []));
  }

  /** @throws {Violation} when an id was given out before, for another request */
  give(path: string, id: number, request: string): void {
    const before = this.given.get(`${path}/${id}`) ?? request;
    this.given.set(`${path}/${id}`, before);
    if (before !== request) {
      throw new Violation(
        'A',
        `${path}/${id} was given out for ${before}, and again for ${request}`,
      );
    }
  }

  /** Whether what was sent and acknowledged then may be lost. */
  mayBeLost(sentAt: number, acknowledgedAt: number): boolean {
    return this.loss !== null && sentAt < this.loss.until && acknowledgedAt >= this.loss.from;
  }

  /** Whether what was asked then may have been asked of a server that lacks what clients know, and nobody has noted it yet. */
  mayLack(askedAt: number): boolean {
    return this.loss !== null && askedAt < (this.loss.settledAt ?? Infinity);
  }

  /**
   * Takes over what a loss has left, while nothing can be written. It may have taken the end of what was acknowledged since the copy
   * was made, and nothing else.
   *
   * @throws {Violation} when it took more, or something was acknowledged since
   */
  settle({ products, orders }: Kept): void {
    const { loss } = this;
    if (loss === null) throw new Error('nothing was lost');
    const acknowledged = this.orders.flatMap((order) => order.acknowledged);
    if ([...acknowledged, ...this.products].some((one) => isAfter(loss, one))) {
      throw new Violation('A', 'a command was acknowledged in a history that nobody has accepted');
    }
    loss.settledAt = Date.now();
    for (const product of this.products.filter(isKnown)) {
      if (products.has(product.name)) continue;
      if ((product.acknowledgedAt ?? 0) < loss.from) throw lostTooMuch(`product ${product.id}`);
      product.lostAt = loss.until;
      this.counts.lost++;
    }
    for (const order of this.orders.filter(isKnown)) {
      this.counts.lost += settleOrder(order, loss, orders.get(order.mark));
    }
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
      if (asOf !== null && asOf > (order.lostAt ?? Infinity)) continue;
      const cents = centsOf(order, productId);
      const { cancelSentAt, cancelledAt } = cancellationOf(order, asOf);
      const certain = asOf !== null && (order.acknowledgedAt ?? Infinity) < asOf;
      const takenOut = asOf !== null && (cancelledAt ?? Infinity) < asOf;
      if (certain && cancelSentAt === undefined) lowest += cents;
      if (!takenOut) highest += cents;
    }
    return { lowest, highest };
  }
}

const isKnown = ({ outcome, lostAt }: Pick<KnownOrder, 'outcome' | 'lostAt'>): boolean =>
  outcome === 'acknowledged' && lostAt === undefined;

const isAfter = (
  { until }: Loss,
  { sentAt, acknowledgedAt }: Pick<KnownOrder, 'sentAt' | 'acknowledgedAt'>,
): boolean => acknowledgedAt !== undefined && sentAt >= until;

/** The one that an answer as of then may know of. */
function cancellationOf(order: KnownOrder, asOf: number | null): Cancellation {
  const { lostCancel } = order;
  return lostCancel !== undefined && asOf !== null && asOf <= lostCancel.lostAt
    ? lostCancel
    : order;
}

/** @returns how many acknowledged commands are lost */
function settleOrder(order: KnownOrder, { from, until }: Loss, kept?: KeptOrder): number {
  const { acknowledged, pending } = order;
  const certain = acknowledged.findLastIndex(({ acknowledgedAt }) => acknowledgedAt < from);
  if (kept === undefined) {
    if (certain >= 0) throw lostTooMuch(`order ${order.id}`);
    order.lostAt = until;
    return acknowledged.length;
  }
  // A change that nobody answered was in time.
  if (pending === kept.status && kept.version === order.version + 1) return 0;
  const left = acknowledged.findIndex(({ version }) => version === kept.version);
  const state = acknowledged[left];
  if (state?.status !== kept.status || left < certain) {
    throw lostTooMuch(`order ${order.id}, now v${kept.version} ${kept.status},`);
  }
  const gone = acknowledged.splice(left + 1);
  order.version = state.version;
  order.status = state.status;
  if (gone.some(({ status }) => status === 'CANCELLED')) loseCancel(order, until);
  return gone.length;
}

/** Answers of before may know of it. */
export function loseCancel(order: KnownOrder, lostAt: number): void {
  const { cancelSentAt, cancelledAt } = order;
  order.lostCancel = { cancelSentAt, cancelledAt, lostAt };
  delete order.cancelSentAt;
  delete order.cancelledAt;
}

const lostTooMuch = (what: string): Violation =>
  new Violation('A', `${what} was acknowledged before the copy was made, and is not as it was`);

function centsOf({ items }: KnownOrder, productId: number): number {
  return items
    .filter((item) => item.productId === productId)
    .reduce((sum, { quantity, price }) => sum + quantity * Math.round(price * 100), 0);
}
