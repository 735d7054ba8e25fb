/**
 * An order by a statement of its own, as lean as it can be: what the service's statement does for a group of orders
 * (command-service/src/orders/place-orders-statement.ts), for one, without `Idempotency-Key`.
 *
 * $1 customer id; $2 when it was placed, null: now; $3, $4, $5 the items' product ids, quantities and prices in
 * cents; $6 the event's id; $7 its payload as JSON, without id and times; $8 the format of `Date.toISOString`;
 * $9 topic; $10 schema version; $11 traceparent
 */
export const placeOrderStatement = `
WITH item AS MATERIALIZED (
  SELECT product_id, quantity, price_cents, position
  FROM unnest($3::bigint[], $4::int[], $5::bigint[])
    WITH ORDINALITY AS item (product_id, quantity, price_cents, position)
),
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
event AS (
  INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload, topic,
                      aggregateversion, schemaversion, sourceid, traceparent, occurredat)
  SELECT $6, 'order', id::text, 'OrderCreated',
         (
           left(
             json_build_object('orderId', id, 'placedAt', to_char(placed_at AT TIME ZONE 'UTC', $8),
                               'occurredAt', to_char(updated_at AT TIME ZONE 'UTC', $8))::text,
             -1
           ) || ', ' || substr($7::text, 2)
         )::json,
         $9, version, $10, (SELECT source_id FROM source), $11, updated_at
  FROM placed
)
SELECT id, to_char(placed_at AT TIME ZONE 'UTC', $8) AS "placedAt", version,
       to_char(updated_at AT TIME ZONE 'UTC', $8) AS "updatedAt", ahead, unknown_products AS "unknownProducts"
FROM checked LEFT JOIN placed ON true`;
