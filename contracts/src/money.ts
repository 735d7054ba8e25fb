/** An amount of money as a whole number of cents. No float arithmetic ever touches one. */
export type Cents = number & { readonly unit: 'cents' };

/** The largest price that a product or an order line may state: 999,999.99. */
const maxPrice = 99_999_999 as Cents;

/**
 * The most that an order may cost, by its schema: 500 lines of 10,000 units at the largest price. A double holds it, so what
 * one event adds is exact; sums over orders are not bounded by it.
 */
export const maxOrderTotal = (500 * 10_000 * maxPrice) as Cents;

/**
 * Reads money as events carry it.
 *
 * @param text a decimal with two digits after the point: `"500.00"`
 * @throws {RangeError} on any other text
 */
export function parseDecimal(text: string): Cents {
  const point = text.length - 3;
  let cents = 0;
  // Digit by digit: each order line of each event comes through here.
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (i === point ? text[i] !== '.' : digit < 0 || digit > 9) throw noMoney(text);
    if (i !== point) cents = cents * 10 + digit;
  }
  if (point < 1) throw noMoney(text);
  // What leaves the exact integers on the way does not come back to them.
  if (!Number.isSafeInteger(cents)) throw new RangeError(`too much money: ${text}`);
  return cents as Cents;
}

const noMoney = (text: string): RangeError => new RangeError(`not an amount of money: ${text}`);

/** Writes money as events carry it: `50000` becomes `"500.00"`. @param cents a sum of totals may need more than a double */
export function formatDecimal(cents: Cents | bigint): string {
  const digits = String(cents).replace('-', '').padStart(3, '0');
  return `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/**
 * Writes money as a JSON number, without trailing zeros: `50000` becomes `500`.
 * Text, because a double cannot hold every amount of cents above 2^46.
 */
export function formatJsonNumber(cents: Cents | bigint): string {
  // A decimal of up to 15 digits is what its nearest double prints (IEEE 754): the short way, for each row of answers.
  if (cents < 1e15 && cents > -1e15) return String(Number(cents) / 100);
  return formatDecimal(cents).replace(/\.00$|0$/, '');
}

/**
 * Reads a price as HTTP JSON states it.
 *
 * The shortest decimal text of the double decides (what `JSON.stringify` prints), so 0.07 is seven
 * cents although 0.07 * 100 is 7.000000000000001.
 *
 * @returns the cents, or null when the number has more than two decimals or is not in 0…999,999.99
 */
export function priceFromNumber(price: number): Cents | null {
  const match = /^(\d{1,6})(?:\.(\d{1,2}))?$/.exec(String(price));
  if (match === null) return null;
  const [, units = '', fraction = ''] = match;
  return (Number(units) * 100 + Number(fraction.padEnd(2, '0'))) as Cents;
}
