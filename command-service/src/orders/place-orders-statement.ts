import { currentVersion, type EventPayloads } from 'contracts/events';
import { keyLock, replaceExpired } from '../idempotency/stored-answers';

/** As `Date.toISOString` writes a time. */
const iso = (time: string): string =>
  `to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/**
 * SQL over the order for the members of its event that only the database knows. The rest of the payload comes as JSON
 * from its one builder (`orderCreated` in order.ts).
 */
export const filledIn = {
  orderId: 'id',
  placedAt: iso('placed_at'),
  occurredAt: iso('now'),
} as const satisfies Partial<Record<keyof EventPayloads['OrderCreated'], string>>;

const filled = Object.entries(filledIn)
  .map(([field, sql]) => `'${field}', ${sql}`)
  .join(', ');

/**
 * The placeholders for the order's id and time in the answer that is stored under an `Idempotency-Key`. No answer has
 * either of them otherwise: none of its numbers is negative, and no order is placed so late.
 */
export const standIns = { id: Number.MIN_SAFE_INTEGER, placedAt: new Date(8.64e15) } as const;

const answered = (text: string): string =>
  `replace(replace(${text}, '${standIns.id}', id::text), '${standIns.placedAt.toISOString()}', ${filledIn.placedAt})`;

/** An order as the statement takes it. */
export interface OrderRow {
  readonly customer_id: number;
  /** Milliseconds since 1970, of any year; null: now. */
  readonly placed_ms: number | null;
  readonly items: readonly { product_id: number; quantity: number; price_cents: number }[];
  readonly event_id: string;
  /** Its event's payload as JSON, without what is filled in. */
  readonly payload: string;
  readonly topic: string;
  readonly traceparent: string;
  /** The request's Idempotency-Key, its fingerprint and the answer to store (with stand-ins); null: no key. */
  readonly key: null | {
    readonly route: string;
    readonly key: string;
    /** In hexadecimal digits. */
    readonly fingerprint: string;
    readonly status: number;
    readonly headers: string;
    readonly body: string;
  };
}

/**
 * The outcome of one order: the first of these members that is set. When none is, another request with its key is under
 * way.
 */
export interface Outcome {
  /** The answer that is already stored for its key; the fingerprint in hexadecimal digits. */
  readonly first: null | {
    readonly fingerprint: string;
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
  /** Whether it is placed more than 5 minutes in the future. */
  readonly ahead: boolean;
  readonly unknownProducts: readonly number[] | null;
  readonly placed: null | { readonly id: number; readonly placedAt: string };
}

/**
 * Places orders in one statement: it checks each order, and writes the order, its items, its event and the answer to
 * its key. PostgreSQL commits all of it or nothing; each order is accepted or refused by itself. It returns a row for
 * each order, in their order (`Outcome`).
 *
 * It waits for no lock: it takes a key's lock at once or not at all. So no group waits for another one.
 *
 * $1 the orders as JSON (`OrderRow`), no key twice; $2 how many milliseconds answers are kept
 */
export const placeOrdersStatement = `
WITH requested AS MATERIALIZED (
  SELECT nth, customer_id, timestamptz '1970-01-01 00:00:00Z' + placed_ms * interval '1 millisecond' AS placed_at,
         items, event_id, payload, topic, traceparent,
         key ->> 'route' AS route, key ->> 'key' AS key, key AS keyed
  FROM ROWS FROM (
    jsonb_to_recordset($1::jsonb) AS (
      customer_id bigint, placed_ms bigint, items jsonb, event_id uuid, payload text, topic text,
      traceparent text, key jsonb
    )
  ) WITH ORDINALITY AS requested (customer_id, placed_ms, items, event_id, payload, topic, traceparent, key, nth)
),
item AS MATERIALIZED (
  SELECT nth, position, product_id, quantity, price_cents
  FROM requested, ROWS FROM (
    jsonb_to_recordset(items) AS (product_id bigint, quantity int, price_cents bigint)
  ) WITH ORDINALITY AS item (product_id, quantity, price_cents, position)
),
-- Products are never deleted: those that exist here exist at the commit. Each is looked up by its key.
unknown AS MATERIALIZED (
  SELECT nth, json_agg(DISTINCT product_id ORDER BY product_id) AS products
  FROM item
  WHERE (SELECT id FROM products WHERE id = product_id) IS NULL
  GROUP BY nth
),
-- Locked, as by findAnswer (idempotency/stored-answers.ts): a repeated answer waits for the standby, too.
answered AS MATERIALIZED (
  SELECT nth, json_build_object('fingerprint', encode(fingerprint, 'hex'), 'status', status,
                                'headers', headers, 'body', body) AS first
  FROM requested JOIN idempotency_keys USING (route, key)
  WHERE expires_at > clock_timestamp()
  FOR KEY SHARE OF idempotency_keys
),
checked AS MATERIALIZED (
  SELECT requested.*, now, first, coalesce(placed_at > now + interval '5 minutes', false) AS ahead,
         products AS unknown_products
  FROM date_trunc('milliseconds', clock_timestamp()) AS now, requested
    LEFT JOIN unknown USING (nth)
    LEFT JOIN answered USING (nth)
),
accepted AS MATERIALIZED (
  SELECT row_number() OVER (ORDER BY nth) AS place, nth, customer_id, coalesce(placed_at, now) AS placed_at, now,
         event_id, payload, topic, traceparent, route, key, keyed
  FROM checked
  WHERE first IS NULL AND NOT ahead AND unknown_products IS NULL AND (key IS NULL OR ${keyLock('route', 'key')})
),
-- The column gives out ids as the rows come, and they come sorted: the first accepted order has the lowest. The role
-- may not write ids itself.
order_row AS (
  INSERT INTO orders (customer_id, status, placed_at, created_at, updated_at)
  SELECT customer_id, 'CREATED', placed_at, now, now
  FROM accepted
  ORDER BY place
  RETURNING id
),
placed AS MATERIALIZED (
  SELECT *
  FROM accepted JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM order_row) AS numbered USING (place)
),
item_row AS (
  INSERT INTO order_items (order_id, position, product_id, quantity, price_cents)
  SELECT id, position, product_id, quantity, price_cents
  FROM placed JOIN item USING (nth)
),
answer_row AS (
  INSERT INTO idempotency_keys (route, key, fingerprint, status, headers, body, expires_at)
  SELECT route, key, decode(keyed ->> 'fingerprint', 'hex'), (keyed ->> 'status')::int,
         ${answered("keyed ->> 'headers'")}::json, ${answered("keyed ->> 'body'")},
         clock_timestamp() + $2 * interval '1 millisecond'
  FROM placed
  WHERE key IS NOT NULL
  ${replaceExpired}
),
-- The source id is read here, not remembered: a database restored under a running service has another one.
event_row AS (
  INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload, topic,
                      aggregateversion, schemaversion, sourceid, traceparent, occurredat)
  SELECT event_id, 'order', id::text, 'OrderCreated',
         -- The members of two objects in one, as they were written.
         (left(json_build_object(${filled})::text, -1) || ', ' || substr(payload, 2))::json,
         topic, 1, ${currentVersion.OrderCreated}, (SELECT source_id FROM source), traceparent, now
  FROM placed
)
-- It is committed when this answer is read: texts, of which nothing can fail to be made.
SELECT first, ahead, unknown_products AS "unknownProducts",
       CASE WHEN id IS NOT NULL THEN json_build_object('id', id, 'placedAt', ${iso('placed.placed_at')}) END AS placed
FROM checked LEFT JOIN placed USING (nth)
ORDER BY nth`;
