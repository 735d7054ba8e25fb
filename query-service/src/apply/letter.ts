import type { AggregateType } from 'contracts/topics';
import { headerText } from 'contracts/headers';
import { isEventType, type EventType } from 'contracts/events';
import type { Healing } from '../store/dead-letters';
import type { Event } from './batch';
import type { Folded } from './changes';
import type { EventRecord } from './event';

/** Which aggregate's events a topic carries. */
export type TopicAggregates = ReadonlyMap<string, AggregateType>;

/** What can be told of a record that could not be applied. Null: it does not say. */
export interface LetterIdentity {
  readonly eventId: string | null;
  readonly kind: AggregateType | null;
  /** The aggregate's id. */
  readonly subject: number | null;
  readonly version: number | null;
}

/**
 * Which version of which aggregate did a record mean to tell? That decides what makes it good: any
 * event of that aggregate that is not older (docs/decisions/0013-what-ends-a-dead-letter.md).
 *
 * Nothing is guessed: where the key and the payload's id differ, the aggregate is not known.
 */
export function identify(record: EventRecord, topics: TopicAggregates): LetterIdentity {
  const type = headerText(record.headers, 'eventType') ?? '';
  const kind = (isEventType(type) ? kinds[type] : undefined) ?? topics.get(record.topic) ?? null;
  const key = safeId(record.key);
  const inPayload = kind === null ? null : idInPayload(record.value, kind);
  const agree = record.key === null || inPayload === null || key === inPayload;
  return {
    eventId: headerText(record.headers, 'id'),
    kind,
    subject: agree ? (key ?? inPayload) : null,
    version: safeId(headerText(record.headers, 'aggregateVersion')),
  };
}

/** What a batch's events can heal of the letters that do not tell their version. */
export function healingOf(events: readonly Event[], { orders, products }: Folded): Healing[] {
  return events.map(({ aggregate, id, version, record }) => {
    const newest = aggregate === 'order' ? orders.get(id)?.version : products.get(id);
    return { record, newer: newest === version };
  });
}

const kinds: Record<EventType, AggregateType | undefined> = {
  ProductCreated: 'product',
  OrderCreated: 'order',
  OrderStatusUpdated: 'order',
  Watermark: undefined,
};

function idInPayload(value: Buffer | null, kind: AggregateType): number | null {
  try {
    const payload = JSON.parse(value?.toString() ?? '') as Record<string, unknown> | null;
    const id = payload?.[kind === 'order' ? 'orderId' : 'productId'];
    return typeof id === 'number' ? safeId(String(id)) : null;
  } catch {
    return null;
  }
}

function safeId(text: string | null): number | null {
  const id = /^[1-9]\d{0,15}$/.test(text ?? '') ? Number(text) : NaN;
  return Number.isSafeInteger(id) ? id : null;
}
