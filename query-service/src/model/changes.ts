import {
  aggregates,
  type AggregateTable,
  type AggregateType,
  eachRow,
  isSale,
  type RowType,
  rowTypes,
} from 'contracts/aggregates';
import { commandOf } from 'contracts/commands';
import type { OrderStatus } from 'contracts/events';
import { orderContent } from './content';
import type { Event, EventOf, OrderEvent } from './event';

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

/** An order with a newer version. */
export interface OrderChange {
  readonly customerId: number;
  /** UTC hour of its `placedAt`, in whole hours since 1970. */
  readonly hour: number;
  /** Null when the order is seen for the first time. */
  readonly from: OrderStatus | null;
  readonly to: OrderStatus;
  /** The sum of its items, whatever its status. */
  readonly cents: number;
}

/** The newest event of each aggregate whose state is one row, by the table of its kind: `products`. */
type NewestEvents = {
  readonly [T in RowType as AggregateTable<T>]: readonly EventOf<T>[];
};

/** The changes of one batch, as views read them. */
export interface Changes extends NewestEvents {
  readonly sales: readonly Sale[];
  readonly orders: readonly OrderChange[];
}

/** What is stored of an order: whether it counts, and a number that stands for its contribution. */
export interface AppliedOrder {
  readonly version: number;
  readonly status: OrderStatus;
  /** @see orderContent */
  readonly content: number;
}

/** Whether an order in this status is a sale. Null: it was never seen. */
export const isCounted = (status: OrderStatus | null): boolean => status !== null && isSale(status);

/** How the change affects whether the order counts: 1 when it begins to, -1 when it ceases to, else 0. */
export const signOf = ({ from, to }: Pick<OrderChange, 'from' | 'to'>): number =>
  Number(isCounted(to)) - Number(isCounted(from));

/** What is stored of an aggregate whose state is one row. */
export interface AppliedRow {
  readonly version: number;
  /** @see rowContent */
  readonly content: number;
}

/** The newest version of each aggregate, by the table of its kind and its id; absent means none. */
export type AppliedVersions = {
  readonly [T in AggregateType as AggregateTable<T>]: ReadonlyMap<
    number,
    T extends RowType ? AppliedRow : AppliedOrder
  >;
};

/** An aggregate whose version jumped: an event between the two versions is missing, or comes later. */
interface Gap {
  readonly aggregate: string;
  readonly from: number;
  readonly to: number;
}

/** An event that cannot be applied to the known state. */
export interface Refused {
  readonly event: Event;
  readonly reason: string;
}

export interface Folded {
  readonly changes: Changes;
  /** The newest state of the aggregates that this batch changes. */
  readonly newest: AppliedVersions;
  readonly applied: number;
  /** Events whose version was not newer than the known one; they change nothing. */
  readonly duplicates: number;
  readonly gaps: readonly Gap[];
  /** Events that were not applied; their aggregates stay at the version before. */
  readonly refused: readonly Refused[];
}

/**
 * Decides what a batch of events changes, given the known versions.
 *
 * A view is a function of the newest version of each aggregate: a version that is not newer changes
 * nothing; a newer one applies the difference between what the aggregate contributed and what it
 * contributes now. So the result does not depend on order, repetition or how events are batched.
 *
 * Only an order's status and a number for its content are stored, so the difference is known only while the content of
 * a counted order stays the same. An event with another content is refused, unless the event before it took the order
 * out (docs/decisions/0075-corrections-by-sql.md).
 */
export function fold(events: readonly Event[], known: AppliedVersions): Folded {
  const folding = foldInPieces(events, known);
  for (;;) {
    const { done, value } = folding.next();
    if (done === true) return value;
  }
}

/** So many events are folded within a millisecond or two. */
const piece = 500;

/** As `fold`, but it yields after each few hundred events. */
export function* foldInPieces(
  events: readonly Event[],
  known: AppliedVersions,
): Generator<undefined, Folded> {
  const orders = new Map<number, AppliedOrder>();
  const rows = eachRow(() => new Map<number, EventOf<RowType>>());
  const sales: Sale[] = [];
  const orderChanges: OrderChange[] = [];
  const gaps: Gap[] = [];
  const refused: Refused[] = [];
  let applied = 0;
  let seen = 0;

  for (const event of events) {
    if (++seen % piece === 0) yield;
    const before =
      event.aggregate === 'order'
        ? (orders.get(event.id) ?? known.orders.get(event.id) ?? neverSeen)
        : withoutStatus(
            rows[event.aggregate].get(event.id) ??
              known[aggregates[event.aggregate].table].get(event.id),
          );
    if (event.version <= before.version) continue;
    const content = event.aggregate === 'order' ? orderContent(event) : 0;
    if (isCounted(before.status) && content !== before.content) {
      refused.push({ event, reason: otherContent(event) });
      continue;
    }

    applied++;
    if (event.version > before.version + 1) {
      const aggregate = `${event.aggregate}:${event.id}`;
      gaps.push({ aggregate, from: before.version, to: event.version });
    }
    if (event.aggregate === 'order') {
      const { version, status, customerId, hour } = event;
      orders.set(event.id, { version, status, content });
      const change = { customerId, hour, from: before.status, to: status, cents: centsOf(event) };
      orderChanges.push(change);
      const sign = signOf(change);
      if (sign !== 0 || before === neverSeen) sales.push(...linesOf(event, sign));
    } else rows[event.aggregate].set(event.id, event);
  }

  const byTable = <T>(valueOf: (type: RowType) => T) =>
    Object.fromEntries(rowTypes.map((type) => [aggregates[type].table, valueOf(type)]));
  return {
    changes: {
      sales,
      orders: orderChanges,
      ...(byTable((type) => [...rows[type].values()]) as unknown as NewestEvents),
    },
    newest: { orders, ...byTable((type) => rows[type]) } as unknown as AppliedVersions,
    applied,
    duplicates: events.length - applied - refused.length,
    gaps,
    refused,
  };
}

/** The state before an aggregate's first event: every version is newer. */
const neverSeen = { version: 0, status: null, content: 0 };

const withoutStatus = (row: AppliedRow | undefined) =>
  row === undefined ? neverSeen : { ...neverSeen, version: row.version };

const otherContent = ({ aggregate, id }: Event): string =>
  `${aggregate}:${id} counts with other items, another customer or hour than this event tells, and no event has ` +
  `taken those out: ${commandOf({ script: 'reemit', args: ['--as-is', `${aggregate}:${id}`] })}`;

/** The lines that an order contributes: added (sign 1), taken out (-1), or only named (0). */
function linesOf(order: OrderEvent, sign: number): Sale[] {
  return order.items.map(({ productId, quantity, price }) => ({
    productId,
    hour: order.hour,
    units: sign * quantity,
    cents: sign * quantity * price,
  }));
}

/** A double holds this sum, because the contract limits an order to `maxOrderTotal`. */
const centsOf = ({ items }: OrderEvent): number =>
  items.reduce((cents, { quantity, price }) => cents + quantity * price, 0);
