import { parse as parseLossless } from 'lossless-json';

/**
 * A value of a column. An integer is a number where that is exact and a bigint otherwise, so equal integers are `===`
 * and any two of them compare by `<`.
 */
export type Value = number | bigint | string | boolean | null;
export type Row = readonly Value[];

/** @param text decimal digits, as PostgreSQL and JSON write an integer */
export function integer(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

/** Matches sixteen digits in a row: perhaps more than a double can hold. */
const longNumber = /\d{16}/;

/** Parses JSON without rounding an integer. */
export const parseExactly = (json: string): unknown =>
  longNumber.test(json) ? parseLossless(json, null, integer) : JSON.parse(json);

/**
 * Orders rows by their first columns: integers by size, texts by their UTF-8 bytes, as PostgreSQL's collation "C" and
 * SQLite do.
 *
 * @param columns how many of them are the key
 */
export const byKey =
  (columns: number) =>
  (a: Row, b: Row): number => {
    for (let i = 0; i < columns; i++) {
      const order = compareValues(a[i] ?? null, b[i] ?? null);
      if (order !== 0) return order;
    }
    return 0;
  };

function compareValues(a: Value, b: Value): number {
  if (a === b) return 0;
  if (typeof a === 'string' && typeof b === 'string') {
    return Buffer.compare(Buffer.from(a), Buffer.from(b));
  }
  if (a === null || b === null) throw new Error('a key has no NULL');
  return a < b ? -1 : 1;
}
