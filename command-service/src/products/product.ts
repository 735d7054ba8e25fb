import { type Cents, formatDecimal, formatJsonNumber } from 'contracts/money';
import type { NewEvent } from '../outbox/append-event';

/** A product as the database holds it. */
export interface Product {
  readonly id: number;
  readonly name: string;
  readonly category: string;
  readonly priceCents: Cents;
  readonly version: number;
  /** When this version was written. */
  readonly updatedAt: Date;
}

/** A product as HTTP shows it. */
export function productAnswer({ id, name, category, priceCents }: Product) {
  return { id, name, category, price: Number(formatJsonNumber(priceCents)) };
}

/** The event of a product's present version; products have one type of event. */
export function productCreated(product: Product): NewEvent<'ProductCreated'> {
  return {
    type: 'ProductCreated',
    aggregateType: 'product',
    aggregateId: product.id,
    aggregateVersion: product.version,
    payload: {
      productId: product.id,
      name: product.name,
      category: product.category,
      price: formatDecimal(product.priceCents),
      occurredAt: product.updatedAt.toISOString(),
    },
  };
}
