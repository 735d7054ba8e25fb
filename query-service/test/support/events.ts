import { aggregateOf, type DomainEventType } from 'contracts/aggregates';
import type { EventPayloads } from 'contracts/events';
import { defaultTopics } from 'contracts/topics';
import { decode, type Event } from '../../src/model/event';
import type { EventRecord } from '../../src/model/record';

export const sourceId = '5a1f0000-0000-4000-8000-000000000001';

export interface TestEvent {
  topic: string;
  key: string;
  headers: Record<string, string>;
  value: string;
}

type Item = { productId: number; quantity: number; price: string };
let eventCount = 0;

/** A ProductCreated event as the relay writes it. */
export function product(
  productId: number,
  category: string,
  more: { version?: number; name?: string; source?: string } = {},
): TestEvent {
  const payload = {
    productId,
    name: more.name ?? `Product ${productId}`,
    category,
    price: '500.00',
    occurredAt: '2026-02-27T09:00:00.000Z',
  };
  return eventOf('ProductCreated', productId, payload, more);
}

/** An event of any type, in the topic of its kind of aggregate. */
export function eventOf<T extends DomainEventType>(
  type: T,
  id: number,
  payload: EventPayloads[T],
  { version = 1, source }: { version?: number; source?: string } = {},
): TestEvent {
  const kind = aggregateOf(type);
  if (kind === undefined) throw new Error(`${type} is of no kind of aggregate`);
  return {
    topic: defaultTopics[kind],
    key: String(id),
    headers: headers(type, version, source),
    value: JSON.stringify(payload),
  };
}

/** An order event as the relay writes it: OrderCreated for version 1. */
export function order(
  orderId: number,
  items: Item[],
  more: {
    version?: number;
    customerId?: number;
    status?: string;
    placedAt?: string;
    source?: string;
  } = {},
): TestEvent {
  const version = more.version ?? 1;
  return {
    topic: 'order-events',
    key: String(orderId),
    headers: headers(version === 1 ? 'OrderCreated' : 'OrderStatusUpdated', version, more.source),
    value: JSON.stringify({
      orderId,
      customerId: more.customerId ?? 1,
      status: more.status ?? (version === 1 ? 'CREATED' : 'SHIPPED'),
      items,
      placedAt: more.placedAt ?? '2026-02-27T09:15:00.000Z',
      occurredAt: '2026-02-27T09:15:00.000Z',
    }),
  };
}

export const item = (productId: number, quantity: number, price: string): Item => ({
  productId,
  quantity,
  price,
});

/** The event as a record that was fetched. */
export function fetched(event: TestEvent, offset: number): EventRecord {
  return {
    topic: event.topic,
    partition: 0,
    offset,
    key: event.key,
    headers: event.headers,
    value: Buffer.from(event.value),
  };
}

function headers(eventType: string, version: number, source = sourceId): Record<string, string> {
  const id = `0198c5a0-0000-7000-8000-${String(++eventCount).padStart(12, '0')}`;
  return {
    id,
    eventType,
    aggregateVersion: String(version),
    schemaVersion: '1',
    sourceId: source,
  };
}

/** The event as the applier gets it. */
export function read(event: TestEvent): Event {
  const decoded = decode(fetched(event, 0));
  if (decoded.kind !== 'event') throw new Error(JSON.stringify(decoded));
  return decoded;
}
