import { UsageError } from 'service-kit/command-errors';

/** The subject of an explanation. */
export type Subject =
  | { readonly kind: 'order'; readonly id: number }
  | { readonly kind: 'product'; readonly id: number }
  | { readonly kind: 'customer'; readonly id: number }
  | { readonly kind: 'category'; readonly name: string };

/** @throws {UsageError} */
export function readSubject(kind: string, name: string): Subject {
  if (kind === 'category') return { kind, name };
  if (kind !== 'order' && kind !== 'product' && kind !== 'customer') {
    throw new UsageError(`${kind} is none of product, order, customer, category`);
  }
  if (!/^[1-9]\d{0,15}$/.test(name)) throw new UsageError(`${name} is no id`);
  return { kind, id: Number(name) };
}
