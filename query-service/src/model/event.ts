import type { AggregateType } from 'contracts/aggregates';
import {
  ContractError,
  ignorableTypes,
  isEventType,
  readPayload,
  type OrderStatus,
} from 'contracts/events';
import { HeaderError, readHeaders } from 'contracts/headers';
import { parseDecimal, type Cents } from 'contracts/money';
import { rowContent } from './content';
import { readHour } from './hour';
import type { EventRecord } from './record';

interface AnyEvent {
  readonly kind: 'event';
  readonly id: number;
  readonly version: number;
  readonly sourceId: string;
  /** When the command wrote it, ISO-8601 UTC, by PostgreSQL's clock. */
  readonly occurredAt: string;
  readonly record: EventRecord;
}

/** An order's full state at one version. */
export interface OrderEvent extends AnyEvent {
  readonly aggregate: 'order';
  readonly customerId: number;
  readonly status: OrderStatus;
  /** UTC hour of `placedAt`, in whole hours since 1970. */
  readonly hour: number;
  readonly items: readonly { productId: number; quantity: number; price: Cents }[];
}

/** A product's full state at one version. */
export interface ProductEvent extends AnyEvent {
  readonly aggregate: 'product';
  readonly name: string;
  readonly category: string;
  /** @see rowContent */
  readonly content: number;
}

/** One aggregate's full state at one version. */
export type Event = OrderEvent | ProductEvent;

/** The events of one kind of aggregate. */
export type EventOf<T extends AggregateType> = Extract<Event, { readonly aggregate: T }>;

/** The result of decoding a record: an event, or something that changes no view. */
export type Decoded = Event | Ignorable | Unreadable;

/** An event whose type may be skipped without losing money. */
interface Ignorable {
  readonly kind: 'ignorable';
  readonly record: EventRecord;
}

/** A record that cannot be applied. */
interface Unreadable {
  readonly kind: 'unreadable';
  readonly record: EventRecord;
  /** The reason, for the operator. */
  readonly reason: string;
}

/** Decodes one record by the contract. An unreadable record says why; only a defect throws. */
export function decode(record: EventRecord): Decoded {
  // An undecodable batch comes here only after it was skipped.
  if (record.undecodable !== undefined) return { kind: 'ignorable', record };
  try {
    const headers = readHeaders(record.headers);
    const type = headers.eventType;
    if (ignorableTypes.has(type)) return { kind: 'ignorable', record };
    if (!isEventType(type)) throw new ContractError(`unknown event type ${type}`);
    if (record.value === null) throw new ContractError('the record has no value');
    const json: unknown = JSON.parse(record.value.toString());

    switch (type) {
      // Members are written out, because a spread costs more than all the rest of decoding.
      case 'ProductCreated': {
        const product = readPayload(type, headers.schemaVersion, json);
        requireKey(record, product.productId);
        return {
          kind: 'event',
          aggregate: 'product',
          id: product.productId,
          version: headers.aggregateVersion,
          sourceId: headers.sourceId,
          occurredAt: product.occurredAt,
          record,
          name: product.name,
          category: product.category,
          content: rowContent(product.name, product.category, parseDecimal(product.price)),
        };
      }
      case 'OrderCreated':
      case 'OrderStatusUpdated': {
        const order = readPayload(type, headers.schemaVersion, json);
        requireKey(record, order.orderId);
        return {
          kind: 'event',
          aggregate: 'order',
          id: order.orderId,
          version: headers.aggregateVersion,
          sourceId: headers.sourceId,
          occurredAt: order.occurredAt,
          record,
          customerId: order.customerId,
          status: order.status,
          hour: readHour(order.placedAt),
          items: order.items.map(({ productId, quantity, price }) => ({
            productId,
            quantity,
            price: parseDecimal(price),
          })),
        };
      }
      case 'Watermark':
        throw new ContractError('a watermark does not belong in this topic');
    }
  } catch (error) {
    if (
      error instanceof HeaderError ||
      error instanceof ContractError ||
      error instanceof SyntaxError
    ) {
      return { kind: 'unreadable', record, reason: error.message };
    }
    throw error;
  }
}

/** The key decides the partition, and with it the order of an aggregate's versions. */
function requireKey({ key }: EventRecord, id: number): void {
  if (key === String(id)) return;
  throw new ContractError(`the key is ${key ?? 'missing'}, the payload's id is ${id}`);
}
