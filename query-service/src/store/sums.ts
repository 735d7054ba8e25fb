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
