import { formatDecimal, maxTotal } from 'contracts/money';

/**
 * A total would leave the integers that a double holds exactly. Nothing of the step was written.
 * The applier then finds the one event that does it and parks that (docs/decisions/0018-totals-beyond-what-is-exact.md).
 */
export class TotalExceeded extends Error {
  override name = 'TotalExceeded';

  /** @param total which one, for people: `product 1` */
  constructor(total: string) {
    super(
      `it would take the total of ${total} beyond ${formatDecimal(maxTotal)}, the largest that is ` +
        'exact: cancel the order, or redrive this when the total has room',
    );
  }
}

/**
 * The SQL constraint of every column that holds a total: what is beyond is refused, never rounded.
 *
 * @param column its name
 */
export const exactTotal = (column: string): string =>
  `CONSTRAINT exact_total CHECK (abs(${column}) <= ${maxTotal})`;

/** Whether SQLite refused a statement by `exactTotal`, or because a `sum()` left 64 bits. */
export const refusesTotal = (error: unknown): boolean =>
  /CHECK constraint failed: exact_total|integer overflow/.test(String(error));

/**
 * Sums the amounts of a batch by key.
 *
 * @throws {TotalExceeded} where a sum would leave the exact integers. No single event can do that:
 *   its batch is split until its parts fit, and then the stored totals decide
 */
export function sumBy<T, K>(
  items: readonly T[],
  key: (item: T) => K,
  amount: (item: T) => number,
): Map<K, number> {
  const sums = new Map<K, number>();
  for (const item of items) {
    const of = key(item);
    const sum = (sums.get(of) ?? 0) + amount(item);
    if (!Number.isSafeInteger(sum)) throw beyondExact(String(of));
    sums.set(of, sum);
  }
  return sums;
}

/** A batch alone is beyond what is exact. @param of which of its sums */
export const beyondExact = (of: string): TotalExceeded => new TotalExceeded(`one batch for ${of}`);
