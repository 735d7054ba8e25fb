import type { TestEvent } from '../support/events';

/** What the views answer, amounts as texts. A key that is not there is a 404, or no window. */
export interface Answers {
  readonly products: Record<string, string>;
  readonly categories: Record<string, string>;
  /** By `<hour, UTC>/<product>`. */
  readonly hours: Record<string, string>;
  /** All products that sold something, best first: id, name, category, units, cents. */
  readonly top: readonly unknown[][];
  /** By `<category>/<hour, UTC>`. */
  readonly categoryHours: Record<string, string>;
  readonly statuses: Record<string, string>;
  /** `<orders> for <cents>`. */
  readonly customers: Record<string, string>;
}

interface OrderState {
  customerId: number;
  status: string;
  placedAt: string;
  items: { productId: number; quantity: number; price: string }[];
}

/**
 * The answers that the contract promises when these events are all that was read, in any order:
 *
 * - what counts of an aggregate is its newest version
 * - a sale counts unless its order is cancelled, in the UTC hour of `placedAt`
 * - a product is known by its event, or by an order that names it; a category by its products; a customer
 *   by an order
 *
 * Written from those words, naively, over texts and big integers. It shares no code with the service.
 */
export function promised(events: readonly TestEvent[]): Answers {
  const products = newest<{ name: string; category: string }>(events, 'product-events');
  const orders = newest<OrderState>(events, 'order-events');
  const sums = { products: new Sums(), categories: new Sums(), hours: new Sums() };
  const units = new Sums();
  const categoryHours = new Sums();
  const statuses = new Sums();
  const customers = { orders: new Sums(), cents: new Sums() };

  for (const [id, { category }] of products) {
    sums.products.add(id, 0n);
    sums.categories.add(category, 0n);
  }
  for (const { customerId, items, status, placedAt } of orders.values()) {
    statuses.add(status, 1n);
    customers.orders.add(String(customerId), status === 'CANCELLED' ? 0n : 1n);
    customers.cents.add(String(customerId), 0n);
    for (const { productId, quantity, price } of items) {
      const id = String(productId);
      sums.products.add(id, 0n);
      if (status === 'CANCELLED') continue;
      const cents = BigInt(quantity) * BigInt(price.replace('.', ''));
      sums.products.add(id, cents);
      sums.hours.add(`${placedAt.slice(0, 13)}/${id}`, cents);
      units.add(id, BigInt(quantity));
      customers.cents.add(String(customerId), cents);
      const product = products.get(id);
      if (product === undefined) continue;
      sums.categories.add(product.category, cents);
      categoryHours.add(`${product.category}/${placedAt.slice(0, 13)}`, cents);
    }
  }
  return {
    products: sums.products.texts(),
    categories: sums.categories.texts(),
    hours: sums.hours.texts(),
    top: [...units]
      .map(([id, sold]) => ({
        id,
        sold,
        product: products.get(id),
        cents: sums.products.get(id) ?? 0n,
      }))
      .sort((a, b) => Number(b.cents - a.cents) || Number(a.id) - Number(b.id))
      .map(({ id, sold, product, cents }) => [
        Number(id),
        product?.name ?? null,
        product?.category ?? null,
        String(sold),
        String(cents),
      ]),
    categoryHours: categoryHours.texts(),
    statuses: statuses.texts(),
    customers: Object.fromEntries(
      [...customers.orders].map(([id, count]) => [id, `${count} for ${customers.cents.get(id)}`]),
    ),
  };
}

/** The payload of each aggregate's newest version among these events. What is no JSON was not read. */
function newest<Payload>(events: readonly TestEvent[], topic: string): Map<string, Payload> {
  const found = new Map<string, { version: number; payload: Payload }>();
  for (const { key, headers, value } of events.filter((event) => event.topic === topic)) {
    const version = Number(headers.aggregateVersion);
    if (!value.endsWith('}') || version <= (found.get(key)?.version ?? 0)) continue;
    found.set(key, { version, payload: JSON.parse(value) as Payload });
  }
  return new Map([...found].map(([key, { payload }]) => [key, payload]));
}

class Sums extends Map<string, bigint> {
  add(key: string, amount: bigint): void {
    this.set(key, (this.get(key) ?? 0n) + amount);
  }

  texts(): Record<string, string> {
    return Object.fromEntries([...this].map(([key, sum]) => [key, String(sum)]));
  }
}
