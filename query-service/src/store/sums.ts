/**
 * SQL for the sum of a column of totals in two parts, as the texts `high` and `low`, because the sum may exceed
 * SQLite's 64 bits.
 */
export const sumInParts = (column: string): string =>
  `CAST(sum(${column} / ${part}) AS TEXT) AS high, CAST(sum(${column} % ${part}) AS TEXT) AS low`;

const part = 1_000_000_000;

/** Adds the parts of `sumInParts`; exact for a billion rows. */
export const sumOfParts = ({
  high,
  low,
}: {
  readonly high: string;
  readonly low: string;
}): bigint => BigInt(high) * BigInt(part) + BigInt(low);
