import type { IdRange } from 'contracts/snapshot';
import type { Ranges } from './pass';

/** Aggregates of a kind that one turn of the light form looks at, beside as many newest ones. */
const windowSize = 1_000;

/** Up to which ids the rotation has come. */
export interface Turn {
  readonly orders: number;
  readonly products: number;
}

export const firstTurn: Turn = { orders: 0, products: 0 };

/**
 * The next part to compare: the window behind the last turn's, beginning anew at the end, and the newest
 * aggregates, because most of what goes wrong goes wrong now. Pure.
 *
 * @param highest the highest ids that there are; 0: none
 */
export function nextRanges(before: Turn, highest: Turn): { ranges: Ranges; turn: Turn } {
  const orders = advance(before.orders, highest.orders);
  const products = advance(before.products, highest.products);
  return {
    ranges: { orders: orders.ranges, products: products.ranges },
    turn: { orders: orders.to, products: products.to },
  };
}

function advance(before: number, highest: number): { ranges: IdRange[]; to: number } {
  const from = before >= highest ? 1 : before + 1;
  const to = Math.min(from + windowSize - 1, Math.max(highest, 1));
  // Open upwards: what the query service has beyond PostgreSQL's newest is a finding, too.
  const newest = { from: Math.max(highest - windowSize + 1, 1), to: Number.MAX_SAFE_INTEGER };
  if (newest.from <= to + 1)
    return { ranges: [{ from: Math.min(from, newest.from), to: newest.to }], to };
  return { ranges: [{ from, to }, newest], to };
}
