import {
  ContractError,
  ignorableTypes,
  isEventType,
  readPayload,
  type OrderStatus,
} from 'contracts/events';
import { HeaderError, readHeaders } from 'contracts/headers';
import { parseDecimal, type Cents } from 'contracts/money';
import { readHour } from './hour';

/** Where a record stands. Offsets are safe integers. */
export interface RecordPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A record's name, as people read and write it: `order-events/3@17`. */
export const recordName = ({ topic, partition, offset }: RecordPlace): string =>
  `${topic}/${partition}@${offset}`;

/** A Kafka record as this service handles it. */
export interface EventRecord extends RecordPlace {
  readonly key: string | null;
  readonly headers: Parameters<typeof readHeaders>[0];
  readonly value: Buffer | null;
  /** When the relay made it, ms since 1970 as text; not known of one that was parked and is read again. */
  readonly timestamp?: string;
}

interface EventOf {
  readonly id: number;
  readonly version: number;
  readonly sourceId: string;
  /** When the command wrote it, ISO-8601 UTC, by PostgreSQL's clock. */
  readonly occurredAt: string;
  readonly record: EventRecord;
}

/** An order's full state at one version. */
export interface OrderEvent extends EventOf {
  readonly aggregate: 'order';
  readonly customerId: number;
  readonly status: OrderStatus;
  /** UTC hour of `placedAt`, in whole hours since 1970. */
  readonly hour: number;
  readonly items: readonly { productId: number; quantity: number; price: Cents }[];
}

/** A product's full state at one version. */
export interface ProductEvent extends EventOf {
  readonly aggregate: 'product';
  readonly name: string;
  readonly category: string;
}

/** A record, and what it says. */
export type Decoded = { readonly record: EventRecord } & (
  | { readonly kind: 'event'; readonly event: OrderEvent | ProductEvent }
  /** A type that may be skipped without losing money. */
  | { readonly kind: 'ignorable' }
  /** Cannot be applied; `reason` is for the operator. */
  | { readonly kind: 'unreadable'; readonly reason: string }
);

/** Reads one record against the contract. Never throws: what cannot be read says why. */
export function decode(record: EventRecord): Decoded {
  try {
    return read(record);
  } catch (error) {
    if (
      error instanceof HeaderError ||
      error instanceof ContractError ||
      error instanceof SyntaxError
    ) {
      return { record, kind: 'unreadable', reason: error.message };
    }
    throw error;
  }
}

function read(record: EventRecord): Decoded {
  const headers = readHeaders(record.headers);
  const type = headers.eventType;
  if (ignorableTypes.has(type)) return { record, kind: 'ignorable' };
  if (!isEventType(type)) throw new ContractError(`unknown event type ${type}`);
  if (record.value === null) throw new ContractError('the record has no value');
  const json: unknown = JSON.parse(record.value.toString());

  switch (type) {
    // Written out, not spread: that costs more than all the rest of it.
    case 'ProductCreated': {
      const product = readPayload(type, headers.schemaVersion, json);
      requireKey(record, product.productId);
      return {
        record,
        kind: 'event',
        event: {
          aggregate: 'product',
          id: product.productId,
          version: headers.aggregateVersion,
          sourceId: headers.sourceId,
          occurredAt: product.occurredAt,
          record,
          name: product.name,
          category: product.category,
        },
      };
    }
    case 'OrderCreated':
    case 'OrderStatusUpdated': {
      const order = readPayload(type, headers.schemaVersion, json);
      requireKey(record, order.orderId);
      return {
        record,
        kind: 'event',
        event: {
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
        },
      };
    }
    case 'Watermark':
      throw new ContractError('a watermark does not belong in this topic');
  }
}

/** The key decides the partition, and with it the order of an aggregate's versions. */
function requireKey({ key }: EventRecord, id: number): void {
  if (key === String(id)) return;
  throw new ContractError(`the key is ${key ?? 'missing'}, the payload's id is ${id}`);
}
