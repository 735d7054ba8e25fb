import { defaultTopics, type AggregateType } from 'contracts/topics';
import { Oracle } from './oracle';
import { seeded } from 'local/seeded';

/** What an event record is made of, as the relay writes it. */
export interface EventRecord {
  readonly aggregate: AggregateType;
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Shape {
  readonly products: number;
  /** Orders are placed over so many hours. */
  readonly hours: number;
  /** Orders after which the hours have passed once; the next one begins with the first hour again. */
  readonly ordersPerPass: number;
}

/** The id of the database that these events pretend to come from. */
const sourceId = '3f2b8c1e-5d47-4c7a-9a64-0d1f6b7e2c90';
const origin = Date.parse('2026-01-05T00:00:00Z');
const hourMs = 3_600_000;
const categories = 20;

/** One in so many order events is a status update. */
const updateEvery = 5;
const created = 1;
const shipped = 2;
const final = 3;

/**
 * A history of events that looks random and is the same for the same seed: products, then orders of 1 to 4
 * items, a fifth of the order events status updates of any earlier order. It keeps the views that follow
 * from it.
 */
export class History {
  readonly oracle: Oracle;
  /** Order events so far. */
  orderEvents = 0;
  orders = 0;
  private events = 0;
  private states = new Uint8Array(1 << 16);
  private readonly random = seeded(1);

  constructor(readonly shape: Shape) {
    this.oracle = new Oracle(shape.products, shape.hours, Math.floor(origin / hourMs), categoryOf);
  }

  *products(): Generator<EventRecord> {
    for (let productId = 1; productId <= this.shape.products; productId++) {
      const payload = {
        productId,
        name: `Product ${productId}`,
        category: categoryOf(productId),
        price: decimal(priceOf(productId)),
        occurredAt: new Date(origin - hourMs).toISOString(),
      };
      yield this.record('product', productId, 'ProductCreated', 1, payload);
    }
  }

  /** The next order events. */
  *next(count: number): Generator<EventRecord> {
    for (let i = 0; i < count; i++) yield this.nextOrderEvent();
  }

  private nextOrderEvent(): EventRecord {
    this.orderEvents++;
    if (this.orders > 0 && this.random(updateEvery) === 0) {
      const id = 1 + this.random(this.orders);
      const state = this.states[id] ?? final;
      if (state < final) return this.update(id, state);
    }
    const id = ++this.orders;
    if (id >= this.states.length) this.growStates();
    this.states[id] = created;
    this.count(id, 1);
    return this.orderRecord(id, 'OrderCreated', 'CREATED', 1);
  }

  private update(id: number, state: number): EventRecord {
    if (state === created && this.random(3) === 0) {
      this.states[id] = final;
      this.count(id, -1);
      return this.orderRecord(id, 'OrderStatusUpdated', 'CANCELLED', 2);
    }
    this.states[id] = state === created ? shipped : final;
    const [status, version] = state === created ? ['SHIPPED', 2] : ['DELIVERED', 3];
    return this.orderRecord(id, 'OrderStatusUpdated', String(status), Number(version));
  }

  private orderRecord(id: number, type: string, status: string, version: number): EventRecord {
    const placedAt = new Date(this.placedAt(id)).toISOString();
    const items = this.items(id).map(({ productId, quantity, cents }) => ({
      productId,
      quantity,
      price: decimal(cents),
    }));
    const payload = { orderId: id, customerId: 1 + (id % 9_973), status, items, placedAt };
    return this.record('order', id, type, version, { ...payload, occurredAt: placedAt });
  }

  /** An order's content follows from its id, so that nobody has to remember it. */
  private items(id: number): { productId: number; quantity: number; cents: number }[] {
    const random = seeded(id * 7_919);
    return Array.from({ length: 1 + random(4) }, () => {
      const productId = 1 + random(this.shape.products);
      return { productId, quantity: 1 + random(5), cents: priceOf(productId) };
    });
  }

  private placedAt(id: number): number {
    const { hours, ordersPerPass } = this.shape;
    return origin + Math.floor((((id - 1) % ordersPerPass) / ordersPerPass) * hours * hourMs);
  }

  private count(id: number, sign: number): void {
    const hour = Math.floor((this.placedAt(id) - origin) / hourMs);
    for (const { productId, quantity, cents } of this.items(id)) {
      this.oracle.add(productId, hour, sign * quantity * cents);
    }
  }

  private growStates(): void {
    const larger = new Uint8Array(2 * this.states.length);
    larger.set(this.states);
    this.states = larger;
  }

  private record(
    aggregate: AggregateType,
    id: number,
    eventType: string,
    version: number,
    payload: unknown,
  ): EventRecord {
    const count = (++this.events).toString(16).padStart(12, '0');
    return {
      aggregate,
      key: String(id),
      value: JSON.stringify(payload),
      headers: {
        id: `01990000-0000-7000-8000-${count}`,
        eventType,
        aggregateVersion: String(version),
        schemaVersion: '1',
        sourceId,
        traceparent: `00-4bf92f3577b34da6a3ce${count}-00f067aa0ba902b7-01`,
      },
    };
  }
}

/** The topic of an aggregate's events, by its default name. */
export const topicOf = (aggregate: AggregateType): string => defaultTopics[aggregate];

const categoryOf = (productId: number): string => `Category ${productId % categories}`;
const priceOf = (productId: number): number => 100 + ((productId * 7_907) % 20_000);
const decimal = (cents: number): string =>
  `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
