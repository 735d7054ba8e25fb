import type { EventPayloads } from 'contracts/events';

/**
 * What of its event only the database knows, by SQL over the order's new row. All else of the payload comes as JSON
 * from the one builder of it (`orderCreated` in order.ts).
 */
export const filledIn = {
  orderId: 'id',
  placedAt: `to_char(placed_at AT TIME ZONE 'UTC', $8)`,
  occurredAt: `to_char(updated_at AT TIME ZONE 'UTC', $8)`,
} as const satisfies Partial<Record<keyof EventPayloads['OrderCreated'], string>>;

const filled = Object.entries(filledIn)
  .map(([field, sql]) => `'${field}', ${sql}`)
  .join(', ');

/**
 * All that placing an order is: what is checked, the order, its items, and its event. PostgreSQL commits all of it
 * or nothing. Its answer is one row: the order, or `id` null and what speaks against it. The benchmark `commands`
 * gives this very text to pgbench.
 *
 * $1 customer id; $2 when it was placed, null: now; $3, $4, $5 the items' product ids, quantities and prices in
 * cents; $6 the event's id; $7 its payload as JSON, without what is filled in; $8 the format of `Date.toISOString`;
 * $9 topic; $10 schema version; $11 traceparent
 */
export const placeOrderStatement = `
WITH item AS MATERIALIZED (
  SELECT product_id, quantity, price_cents, position
  FROM unnest($3::bigint[], $4::int[], $5::bigint[])
    WITH ORDINALITY AS item (product_id, quantity, price_cents, position)
),
-- Before anything is written: a refused order takes no id. Products are never deleted, so those that exist
-- here exist at the commit.
checked AS MATERIALIZED (
  SELECT now, coalesce($2 > now + interval '5 minutes', false) AS ahead,
         (
           SELECT json_agg(DISTINCT product_id ORDER BY product_id)
           FROM item
           WHERE NOT EXISTS (SELECT FROM products WHERE id = product_id)
         ) AS unknown_products
  FROM date_trunc('milliseconds', clock_timestamp()) AS now
),
placed AS (
  INSERT INTO orders (customer_id, status, placed_at, created_at, updated_at)
  SELECT $1, 'CREATED', coalesce($2, now), now, now
  FROM checked
  WHERE NOT ahead AND unknown_products IS NULL
  RETURNING *
),
placed_items AS (
  INSERT INTO order_items (order_id, position, product_id, quantity, price_cents)
  SELECT id, position, product_id, quantity, price_cents
  FROM placed, item
),
-- The source id is read here, not remembered: a database restored under a running service has another one.
event AS (
  INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload, topic,
                      aggregateversion, schemaversion, sourceid, traceparent, occurredat)
  SELECT $6, 'order', id::text, 'OrderCreated',
         -- The members of two objects in one, as they were written.
         (left(json_build_object(${filled})::text, -1) || ', ' || substr($7::text, 2))::json,
         $9, version, $10, (SELECT source_id FROM source), $11, updated_at
  FROM placed
)
-- It is committed when this answer is read: texts, of which nothing can fail to be made.
SELECT id, ${filledIn.placedAt} AS "placedAt", version, ${filledIn.occurredAt} AS "updatedAt",
       ahead, unknown_products AS "unknownProducts"
FROM checked LEFT JOIN placed ON true`;
