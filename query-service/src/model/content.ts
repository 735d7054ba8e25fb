import { createHash } from 'node:crypto';
import type { OrderEvent } from './event';

/** The largest prime below 2^26: products of two remainders stay exact. */
const prime = 67_108_859;
const factor = 31_415_927;

/**
 * A number that stands for what an order contributes: customer, hour, and each line. Different numbers mean different
 * contents; different contents have the same number once in 67 million. It is stored for every order in place of its
 * items, to check that an event takes out what was counted. Reconcile computes it from PostgreSQL's rows, in its own
 * SQL (reconcile/src/versions/content-sql.ts).
 *
 * The lines' remainders are squared, so that a change of one line cannot cancel out that of another.
 */
export function orderContent({
  customerId,
  hour,
  items,
}: Pick<OrderEvent, 'customerId' | 'hour' | 'items'>): number {
  const head = remainder((customerId % prime) * factor + remainder(hour));
  let sum = (head * head) % prime;
  for (const { productId, quantity, price } of items) {
    const first = ((productId % prime) * factor + quantity) % prime;
    const line = (first * factor + price) % prime;
    sum += (line * line) % prime;
  }
  return sum % prime;
}

const remainder = (value: number): number => ((value % prime) + prime) % prime;

/**
 * The same for an aggregate whose state is one row: 48 bits, because texts are hashed anyhow.
 *
 * @param members in the order in which the contract has them (`aggregates`); money in cents
 */
export function rowContent(...members: readonly (string | number)[]): number {
  const texts = members.map((member) => (typeof member === 'string' ? md5(member) : `${member}`));
  return Number.parseInt(md5(texts.join('')).slice(0, 12), 16);
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
