import type { EventType, OrderStatus } from './events';

/** What the whole system knows about one kind of aggregate. */
interface Aggregate {
  /** The environment variable that names its topic, and the topic where nobody sets it. */
  readonly topicVariable: string;
  readonly topic: string;
  /** The event types that tell of it. */
  readonly events: readonly EventType[];
  /** The member of their payloads that holds its id. The Kafka key is the same id as text. */
  readonly idField: string;
  /** Its table in PostgreSQL, with the columns `id`, `version` and `updated_at`. Also stands for many of its kind. */
  readonly table: string;
  /** Tables that hold its parts. */
  readonly parts: readonly string[];
  /**
   * The members of its payloads besides its id and `occurredAt`, when its state is one row of its table. A text has a
   * column of the same name, money one in cents: `price` is `price_cents`. Null: its state is more than one row.
   */
  readonly members: Readonly<Record<string, 'text' | 'money'>> | null;
}

/**
 * Every kind of aggregate. The key is the outbox's `aggregatetype`, and the first word of names such as `order:17`.
 */
export const aggregates = {
  order: {
    topicVariable: 'ORDER_TOPIC',
    topic: 'order-events',
    events: ['OrderCreated', 'OrderStatusUpdated'],
    idField: 'orderId',
    table: 'orders',
    parts: ['order_items'],
    members: null,
  },
  product: {
    topicVariable: 'PRODUCT_TOPIC',
    topic: 'product-events',
    events: ['ProductCreated'],
    idField: 'productId',
    table: 'products',
    parts: [],
    members: { name: 'text', category: 'text', price: 'money' },
  },
} as const satisfies Readonly<Record<string, Aggregate>>;

export type AggregateType = keyof typeof aggregates;

/** Those whose state is one row. Orders are more: they have items and a status, and are what views add up. */
export type RowType = {
  [T in AggregateType]: (typeof aggregates)[T]['members'] extends null ? never : T;
}[AggregateType];

/** What stands for many of a kind: its table. */
export type AggregateTable<T extends AggregateType = AggregateType> =
  (typeof aggregates)[T]['table'];

/** The types of the events that tell of aggregates. */
export type DomainEventType = (typeof aggregates)[AggregateType]['events'][number];

export const aggregateTypes = Object.keys(aggregates) as readonly AggregateType[];

/** One value for each kind of aggregate. */
export function eachAggregate<T>(valueOf: (type: AggregateType) => T): Record<AggregateType, T> {
  return Object.fromEntries(aggregateTypes.map((type) => [type, valueOf(type)])) as Record<
    AggregateType,
    T
  >;
}

export const rowTypes = aggregateTypes.filter(
  (type): type is RowType => aggregates[type].members !== null,
);

/** The members that are texts, and columns of the same names. */
export const textMembers = (type: RowType): string[] =>
  Object.entries(aggregates[type].members).flatMap(([name, kind]) =>
    kind === 'text' ? [name] : [],
  );

/** One value for each kind whose state is one row. */
export const eachRow = <T>(valueOf: (type: RowType) => T): Record<RowType, T> =>
  Object.fromEntries(rowTypes.map((type) => [type, valueOf(type)])) as Record<RowType, T>;

/** One value for each kind of aggregate, by its table. */
export function eachTable<T>(valueOf: (type: AggregateType) => T): {
  [Type in AggregateType as AggregateTable<Type>]: T;
} {
  return Object.fromEntries(
    aggregateTypes.map((type) => [aggregates[type].table, valueOf(type)]),
  ) as Record<AggregateTable, T>;
}

export const isAggregateType = (text: string): text is AggregateType =>
  Object.hasOwn(aggregates, text);

const typesByEvent = new Map<string, AggregateType>(
  aggregateTypes.flatMap((type) => aggregates[type].events.map((event) => [event, type] as const)),
);

/** The kind of aggregate that events of this type tell of; undefined where it is none of these. */
export const aggregateOf = (eventType: string): AggregateType | undefined =>
  typesByEvent.get(eventType);

/** Every status of an order, and whether an order of this status is a sale: only sales count in the views. */
const statuses: Readonly<Record<OrderStatus, { readonly isSale: boolean }>> = {
  CREATED: { isSale: true },
  SHIPPED: { isSale: true },
  DELIVERED: { isSale: true },
  CANCELLED: { isSale: false },
};

export const orderStatuses = Object.keys(statuses) as readonly OrderStatus[];

/** SQL that says whether an order is a sale. @param status a column that holds its status, or an expression */
export const isSaleSql = (status: string): string =>
  `${status} IN (${orderStatuses
    .filter(isSale)
    .map((sale) => `'${sale}'`)
    .join(', ')})`;

/** Whether an order of this status is a sale. */
export const isSale = (status: OrderStatus): boolean => statuses[status].isSale;
