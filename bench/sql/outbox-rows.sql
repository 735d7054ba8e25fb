-- Writes outbox rows as POST /api/orders with two items does, `per_transaction` of them in each transaction. What they
-- belong to is not written: the relay does not read it.
CREATE OR REPLACE PROCEDURE bench_write_outbox(row_count integer, per_transaction integer) LANGUAGE plpgsql AS $$
BEGIN
  -- How the rows came is not what is measured.
  SET synchronous_commit = off;
  FOR first_row IN 1..row_count BY per_transaction LOOP
    INSERT INTO public.outbox (id, aggregatetype, aggregateid, type, payload, topic,
                               aggregateversion, schemaversion, sourceid, traceparent, occurredat)
    SELECT gen_random_uuid(), 'order', n::text, 'OrderCreated',
           format('{"orderId":%s,"customerId":%s,"status":"CREATED","items":[{"productId":17,"quantity":1,"price":"500.00"},{"productId":4,"quantity":2,"price":"19.90"}],"placedAt":"2026-01-05T00:00:00.000Z","occurredAt":"2026-01-05T00:00:00.000Z"}', n, n)::json,
           'order-events', 1, 1, source_id, '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', clock_timestamp()
    FROM public.source, generate_series(first_row, least(first_row + per_transaction - 1, row_count)) AS n;
    -- The last one waits for the disk, and for all before it: the peer reads what stands in the WAL by then.
    IF first_row + per_transaction > row_count THEN
      SET synchronous_commit = on;
    END IF;
    COMMIT;
  END LOOP;
END
$$
