import { byWindow, Corrections, type Line, type ProductTotals, type Window } from '../src/totals';
import { correction, type State } from '../src/states';

/** An order in PostgreSQL, and the version of it that the query service has. */
export interface Order {
  readonly id: number;
  readonly cancelledAt: number | null;
  readonly version: number;
  readonly knownVersion: number;
  readonly lines: readonly Omit<Line, 'orderId'>[];
}

export interface Product {
  readonly productId: number;
  readonly category: string;
  readonly known: boolean;
}

export const truthOf = ({ id, version, cancelledAt }: Order): State => ({
  id,
  version,
  counted: cancelledAt === null || cancelledAt > version,
});

/** What the query service must hold of the order at its version, by the contract's words. */
export function knownOf({ id, knownVersion, cancelledAt }: Order): State | undefined {
  if (knownVersion === 0) return undefined;
  return {
    id,
    version: knownVersion,
    counted: cancelledAt === null || cancelledAt > knownVersion,
  };
}

/** Sums line by line what the orders with a counted state contribute: the naive way. */
export function sums(orders: readonly Order[], stateOf: (order: Order) => State | undefined) {
  const all = new Corrections();
  for (const order of orders) {
    if (stateOf(order)?.counted !== true) continue;
    for (const line of order.lines) all.add({ ...line, orderId: order.id }, 1);
  }
  return { products: all.products, windows: all.list().sort(byWindow) };
}

/** What the comparison would get of both sides: PostgreSQL's sums, corrected, and the views. */
export function sides(orders: readonly Order[], products: readonly Product[]) {
  const truth = sums(orders, truthOf);
  const views = sums(orders, knownOf);
  const corrections = new Corrections();
  for (const order of orders) {
    const sign = correction(truthOf(order), knownOf(order));
    if (sign !== 0) for (const l of order.lines) corrections.add({ ...l, orderId: order.id }, sign);
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
      category,
      truthVersion: 1,
      knownVersion: Number(known),
      sales: row ? cents : undefined,
      revenue: row ? { category: known ? category : null, cents } : undefined,
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
    corrections: corrections.list(),
    totals,
    categories: [...categories].map(([category, sum]) => ({ category, ...sum })),
    windows: views.windows.filter(({ units, cents }: Window) => units !== 0n || cents !== 0n),
  };
}
