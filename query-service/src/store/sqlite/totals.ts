import { totalTooLarge } from '../../model/history';

/**
 * Selects the sum of a column of totals in two parts, as the texts `high` and `low`: the sum itself may be beyond the
 * 64 bits of SQLite.
 */
export const sumInParts = (column: string): string =>
  `CAST(sum(${column} / ${part}) AS TEXT) AS high, CAST(sum(${column} % ${part}) AS TEXT) AS low`;

const part = 1_000_000_000;

/** The sum of which `sumInParts` has selected the parts: exact for a billion rows. */
export const sumOfParts = ({
  high,
  low,
}: {
  readonly high: string;
  readonly low: string;
}): bigint => BigInt(high) * BigInt(part) + BigInt(low);

/**
 * The error as a fault when a sum has left 64 bits. SQLite then makes it a REAL, which a column of a STRICT table refuses;
 * its own `sum()` says it otherwise.
 */
export function orTotalTooLarge(error: unknown): unknown {
  const [what] =
    /cannot store REAL value in INTEGER column \S+|integer overflow/.exec(String(error)) ?? [];
  return what === undefined ? error : totalTooLarge(what, error);
}
