import type { OrderStatus } from 'contracts/events';
import { byWindow, Corrections, type Line, type ProductTotals, type Window } from '../src/totals';
import { correction, isCounted, type State, statusKnown } from '../src/states';

/** An order in PostgreSQL, and the version of it that the query service has. */
export interface Order {
  readonly id: number;
  readonly cancelledAt: number | null;
  readonly version: number;
  readonly knownVersion: number;
  readonly customerId: number;
  readonly lines: readonly Omit<Line, 'orderId' | 'customerId'>[];
}

export interface Product {
  readonly productId: number;
  readonly category: string;
  readonly known: boolean;
}

const lives: readonly OrderStatus[] = ['CREATED', 'SHIPPED', 'DELIVERED'];

const stateOf = ({ id, cancelledAt }: Order, version: number): State => ({
  id,
  version,
  status:
    cancelledAt !== null && cancelledAt <= version ? 'CANCELLED' : (lives[version - 1] ?? null),
});

export const truthOf = (order: Order): State => stateOf(order, order.version);

/** What the query service must hold of the order at its version, by the contract's words. */
export function knownOf(order: Order): State | undefined {
  return order.knownVersion === 0 ? undefined : stateOf(order, order.knownVersion);
}

/** Sums line by line what the orders with a counted state contribute: the naive way. */
export function sums(orders: readonly Order[], stateOf: (order: Order) => State | undefined) {
  const all = new Corrections();
  for (const order of orders) {
    const state = stateOf(order);
    if (state === undefined) continue;
    const sign = isCounted(state) ? 1 : 0;
    all.addOrder(order.customerId, 1, sign);
    if (sign === 1) for (const line of order.lines) all.add(lineOf(order, line), 1);
  }
  const byId = (a: { customerId: number }, b: { customerId: number }): number =>
    a.customerId - b.customerId;
  return {
    products: all.products,
    windows: all.listWindows().sort(byWindow),
    customers: all.listCustomers().sort(byId),
  };
}

/** What the comparison would get of both sides: PostgreSQL's sums, corrected, and the views. */
export function sides(orders: readonly Order[], products: readonly Product[]) {
  const truth = sums(orders, truthOf);
  const views = sums(orders, knownOf);
  const corrections = new Corrections();
  const statuses = { expected: new Map(), shown: new Map() } as Record<
    'expected' | 'shown',
    Map<OrderStatus, number>
  >;
  const add = (counts: Map<OrderStatus, number>, status: OrderStatus | null): void => {
    if (status !== null) counts.set(status, (counts.get(status) ?? 0) + 1);
  };
  for (const order of orders) {
    const [truth, known] = [truthOf(order), knownOf(order)];
    const sign = correction(truth, known);
    corrections.addOrder(order.customerId, known === undefined ? -1 : 0, sign);
    if (sign !== 0) for (const line of order.lines) corrections.add(lineOf(order, line), sign);
    const status = statusKnown(truth, known);
    if (status !== null) add(statuses.expected, status);
    if (known !== undefined) add(statuses.shown, known.status);
  }
  const named = new Set(
    orders.flatMap((o) => (o.knownVersion > 0 ? o.lines.map(({ productId }) => productId) : [])),
  );
  const totals = products.map(({ productId, category, known }): ProductTotals => {
    const row = known || named.has(productId);
    const cents = views.products.get(productId) ?? 0n;
    return {
      productId,
      expected: (truth.products.get(productId) ?? 0n) + (corrections.products.get(productId) ?? 0n),
      name: `Product ${productId}`,
      category,
      truthVersion: 1,
      knownVersion: Number(known),
      sales: row ? cents : undefined,
      revenue: row ? { category: known ? category : null, cents } : undefined,
      shownName: known ? `Product ${productId}` : undefined,
    };
  });
  const categories = new Map<string, { products: number; cents: bigint }>();
  for (const { productId, category, known } of products) {
    if (!known) continue;
    const sum = categories.get(category) ?? { products: 0, cents: 0n };
    const cents = sum.cents + (views.products.get(productId) ?? 0n);
    categories.set(category, { products: sum.products + 1, cents });
  }
  return {
    truthWindows: truth.windows,
    truthCustomers: truth.customers,
    customers: views.customers,
    customerCorrections: corrections.listCustomers(),
    statuses,
    corrections: corrections.listWindows(),
    totals,
    categories: [...categories].map(([category, sum]) => ({ category, ...sum })),
    windows: views.windows.filter(({ units, cents }: Window) => units !== 0n || cents !== 0n),
  };
}

const lineOf = (order: Order, line: Order['lines'][number]): Line => ({
  ...line,
  orderId: order.id,
  customerId: order.customerId,
});
