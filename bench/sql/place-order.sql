-- For pgbench: what POST /api/orders with three items writes (command-service/src/orders, src/outbox), the
-- same statements in one transaction. The event's id ascends as a UUIDv7 does; the service makes it itself.
\set n :n + 1
\set customer random(1, 10000)
\set p1 random(1, 1000)
\set p2 random(1, 1000)
\set p3 random(1, 1000)
START TRANSACTION;
SELECT DISTINCT wanted AS "productId"
FROM unnest(ARRAY[:p1, :p2, :p3]::bigint[]) AS wanted
WHERE NOT EXISTS (SELECT FROM products WHERE id = wanted)
ORDER BY wanted;
WITH clock AS MATERIALIZED (
  SELECT date_trunc('milliseconds', clock_timestamp()) AS now
), inserted AS (
  INSERT INTO orders (customer_id, status, placed_at, created_at, updated_at)
  SELECT :customer, 'CREATED', coalesce(NULL, now), now, now
  FROM clock
  RETURNING id, placed_at, version, updated_at
), inserted_items AS (
  INSERT INTO order_items (order_id, position, product_id, quantity, price_cents)
  SELECT id, position, product_id, quantity, price_cents
  FROM inserted, unnest(ARRAY[:p1, :p2, :p3]::bigint[], ARRAY[1, 2, 3]::int[], ARRAY[500, 1990, 100]::bigint[])
    WITH ORDINALITY AS item (product_id, quantity, price_cents, position)
)
SELECT id AS order_id FROM inserted \gset
INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload, topic,
                    aggregateversion, schemaversion, sourceid, traceparent, occurredat)
SELECT ((:prefix)::text || '-7000-8000-' || lpad(to_hex((:n)::bigint * 64 + (:client_id)::bigint), 12, '0'))::uuid,
       'order', (:order_id)::text, 'OrderCreated',
       format('{"orderId":%s,"customerId":%s,"status":"CREATED","items":[{"productId":%s,"quantity":1,"price":"5.00"},{"productId":%s,"quantity":2,"price":"19.90"},{"productId":%s,"quantity":3,"price":"1.00"}],"placedAt":"2026-01-05T00:00:00.000Z","occurredAt":"2026-01-05T00:00:00.000Z"}',
              (:order_id)::bigint, (:customer)::bigint, (:p1)::bigint, (:p2)::bigint, (:p3)::bigint)::json,
       'order-events', 1, 1, source_id, '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', clock_timestamp()
FROM source
RETURNING id;
COMMIT;
