-- The database as it is: whose versions these are, products and orders with the rules that they keep, the outbox, and the history in
-- which it takes rows. Times are the database's, whole milliseconds, as events carry them.
-- Functions that write with their owner's rights, or check, are nobody's to call: who may, gets the right from the set-up.

CREATE TABLE source (source_id uuid NOT NULL);
CREATE UNIQUE INDEX source_has_one_row ON source ((true));
COMMENT ON TABLE source IS
  'Whose versions these are. A wiped or restored database gets another id, so that consumers notice.';
INSERT INTO source VALUES (gen_random_uuid());

CREATE TABLE source_history (
  source_id   uuid PRIMARY KEY,
  replaced_by uuid NOT NULL,
  reason      text NOT NULL CHECK (reason <> ''),
  role        name NOT NULL DEFAULT session_user,
  ended_at    timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE source_history IS 'Source ids that this database had before, and why they ended.';


-- Products and orders. Ids are at most 2^53 - 1: JSON's numbers hold them.

CREATE TABLE products (
  id          bigint GENERATED ALWAYS AS IDENTITY (MAXVALUE 9007199254740991) PRIMARY KEY,
  name        text NOT NULL,
  category    text NOT NULL,
  price_cents bigint NOT NULL CHECK (price_cents BETWEEN 0 AND 99999999),
  version     int NOT NULL DEFAULT 1,
  created_at  timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds', clock_timestamp()),
  updated_at  timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds', clock_timestamp())
);

CREATE TABLE orders (
  id          bigint GENERATED ALWAYS AS IDENTITY (MAXVALUE 9007199254740991) PRIMARY KEY,
  customer_id bigint NOT NULL CHECK (customer_id BETWEEN 1 AND 9007199254740991),
  status      text NOT NULL CHECK (status IN ('CREATED', 'SHIPPED', 'DELIVERED', 'CANCELLED')),
  version     int NOT NULL DEFAULT 1,
  placed_at   timestamptz(3) NOT NULL,
  created_at  timestamptz(3) NOT NULL,
  updated_at  timestamptz(3) NOT NULL
);

CREATE TABLE order_items (
  order_id    bigint NOT NULL REFERENCES orders,
  position    int NOT NULL,
  product_id  bigint NOT NULL REFERENCES products,
  quantity    int NOT NULL CHECK (quantity BETWEEN 1 AND 10000),
  price_cents bigint NOT NULL CHECK (price_cents BETWEEN 0 AND 99999999),
  PRIMARY KEY (order_id, position)
);
COMMENT ON TABLE order_items IS 'Written with their order, never changed.';

-- What GET /api/orders reads by (docs/decisions/0102-what-a-number-is-made-of.md). No index has the status: while none does, a change of
-- status writes into no index at all.
CREATE INDEX orders_by_time ON orders (placed_at, id);
CREATE INDEX orders_by_customer ON orders (customer_id, placed_at, id);
CREATE INDEX order_items_by_product ON order_items (product_id, order_id);


-- What the service's role may write is what commands write, whoever has its login: an order's items come with the order, a version
-- follows the one before it, times and sizes are ones that readers take (docs/decisions/0093-rules-in-the-database.md). The tables'
-- owner corrects by SQL, and is not held to it, but for events.

-- Called for a row that no command writes: a trigger's WHEN costs next to nothing for the others.
CREATE FUNCTION refuse_to_all_but_the_owner() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'MEMBER') THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'no command writes this into %: %', TG_TABLE_NAME, row_to_json(NEW)
    USING ERRCODE = 'check_violation';
END
$$;
REVOKE ALL ON FUNCTION refuse_to_all_but_the_owner() FROM PUBLIC;

CREATE TRIGGER hold_insert BEFORE INSERT ON products FOR EACH ROW
  WHEN (NEW.version <> 1)
  EXECUTE FUNCTION refuse_to_all_but_the_owner();
CREATE TRIGGER hold_update BEFORE UPDATE ON products FOR EACH ROW
  WHEN (NEW.version <> OLD.version::bigint + 1)
  EXECUTE FUNCTION refuse_to_all_but_the_owner();
-- As requests are bounded (src/http/validation.ts).
CREATE TRIGGER hold_bounds BEFORE INSERT ON products FOR EACH ROW
  WHEN (length(NEW.name) > 200 OR length(NEW.category) > 200)
  EXECUTE FUNCTION refuse_to_all_but_the_owner();
-- The clock that is asked is PostgreSQL's: it wrote the others.
CREATE TRIGGER hold_time BEFORE UPDATE ON products FOR EACH ROW
  WHEN (NEW.updated_at NOT BETWEEN '1970-01-01T00:00:00Z' AND clock_timestamp() + interval '5 minutes')
  EXECUTE FUNCTION refuse_to_all_but_the_owner();

CREATE TRIGGER hold_insert BEFORE INSERT ON orders FOR EACH ROW
  WHEN (NEW.version <> 1 OR NEW.status <> 'CREATED' OR NEW.placed_at > clock_timestamp() + interval '5 minutes')
  EXECUTE FUNCTION refuse_to_all_but_the_owner();
-- Without another status: reemit --as-is.
CREATE TRIGGER hold_update BEFORE UPDATE ON orders FOR EACH ROW
  WHEN (
    NEW.version <> OLD.version::bigint + 1
    OR NEW.status <> OLD.status
      AND (OLD.status, NEW.status) NOT IN (('CREATED', 'SHIPPED'), ('CREATED', 'CANCELLED'), ('SHIPPED', 'DELIVERED'))
  )
  EXECUTE FUNCTION refuse_to_all_but_the_owner();
CREATE TRIGGER hold_bounds BEFORE INSERT ON orders FOR EACH ROW
  WHEN (
    NEW.placed_at NOT BETWEEN '1970-01-01T00:00:00Z' AND clock_timestamp() + interval '5 minutes'
    OR NEW.created_at NOT BETWEEN '1970-01-01T00:00:00Z' AND clock_timestamp() + interval '5 minutes'
    OR NEW.updated_at NOT BETWEEN '1970-01-01T00:00:00Z' AND clock_timestamp() + interval '5 minutes'
  )
  EXECUTE FUNCTION refuse_to_all_but_the_owner();
CREATE TRIGGER hold_time BEFORE UPDATE ON orders FOR EACH ROW
  WHEN (NEW.updated_at NOT BETWEEN '1970-01-01T00:00:00Z' AND clock_timestamp() + interval '5 minutes')
  EXECUTE FUNCTION refuse_to_all_but_the_owner();

CREATE TRIGGER hold_bounds BEFORE INSERT ON order_items FOR EACH ROW
  WHEN (NEW.position NOT BETWEEN 1 AND 500)
  EXECUTE FUNCTION refuse_to_all_but_the_owner();

-- With the rights of who writes, and names in full, so that nothing depends on the session.
CREATE FUNCTION check_order_items() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  -- An order of version 1 whose row this transaction has written is one that it has inserted.
  IF EXISTS (
    SELECT FROM written JOIN public.orders ON orders.id = written.order_id
    WHERE orders.version <> 1 OR orders.xmin <> pg_catalog.xid(pg_catalog.pg_current_xact_id())
  ) AND NOT pg_catalog.pg_has_role(
    current_user, (SELECT relowner FROM pg_catalog.pg_class WHERE oid = TG_RELID), 'MEMBER'
  ) THEN
    RAISE EXCEPTION 'items are written in the transaction of their order'
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION check_order_items() FROM PUBLIC;
CREATE TRIGGER hold_insert AFTER INSERT ON order_items REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION check_order_items();


-- What SQL by hand changes of an order is noted as it was before: views count the order as it was told, and have to take that out
-- (docs/decisions/0075-corrections-by-sql.md). The service never comes here: it writes items with their order, and changes only an
-- order's status.

CREATE TABLE order_before_change (
  order_id bigint PRIMARY KEY,
  content  json NOT NULL,
  role     name NOT NULL DEFAULT session_user,
  noted_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE order_before_change IS
  'What orders that SQL has changed were when their last event was written; until reemit --as-is.';

CREATE FUNCTION note_order_before_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  changed bigint;
BEGIN
  IF TG_TABLE_NAME = 'orders' THEN
    changed := OLD.id;
  ELSE
    changed := OLD.order_id;
  END IF;
  -- The first of several changes counts: nothing of them was told. It runs before each row, so of several items that one statement
  -- changes, the first one still sees all of them as they were.
  INSERT INTO public.order_before_change (order_id, content)
  SELECT changed, json_build_object(
           'customerId', customer_id, 'placedAt', placed_at,
           'items', (
             SELECT json_agg(
               json_build_object(
                 'productId', product_id, 'quantity', quantity, 'priceCents', price_cents
               ) ORDER BY position
             )
             FROM public.order_items
             WHERE order_id = changed
           )
         )
  FROM public.orders
  WHERE id = changed
  ON CONFLICT DO NOTHING;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION note_order_before_change() FROM PUBLIC;

CREATE TRIGGER note_before_change BEFORE UPDATE OF customer_id, placed_at ON orders
  FOR EACH ROW EXECUTE FUNCTION note_order_before_change();
CREATE TRIGGER note_before_change BEFORE UPDATE OR DELETE ON order_items
  FOR EACH ROW EXECUTE FUNCTION note_order_before_change();


-- The first answers to requests that carried an Idempotency-Key.

CREATE TABLE idempotency_keys (
  route       text NOT NULL,
  key         text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
  fingerprint bytea NOT NULL,
  status      int NOT NULL CHECK (status BETWEEN 200 AND 299),
  headers     json NOT NULL,
  body        text NOT NULL,
  expires_at  timestamptz NOT NULL,
  PRIMARY KEY (route, key)
);
COMMENT ON TABLE idempotency_keys IS
  'Written in the transaction of the command that was answered. Purged by the service.';
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);


-- The outbox. A row that cannot be sent would hold up every event behind it, and stays in the WAL when it is deleted: it is refused
-- instead (docs/decisions/0072-rows-that-cannot-be-sent.md).

CREATE TABLE outbox (
  id               uuid PRIMARY KEY,
  aggregatetype    text NOT NULL,
  aggregateid      text NOT NULL,
  type             text NOT NULL,
  payload          json NOT NULL,
  topic            text NOT NULL,
  aggregateversion int NOT NULL,
  schemaversion    int NOT NULL,
  sourceid         uuid NOT NULL,
  traceparent      text,
  occurredat       timestamptz(3) NOT NULL,
  -- Kafka takes a record of 1 MiB, key and headers included (max.request.size, max.message.bytes).
  CONSTRAINT sendable CHECK (
    octet_length(payload::text) <= 524288
    AND octet_length(aggregateid) BETWEEN 1 AND 100
    AND octet_length(type) BETWEEN 1 AND 100
    AND (traceparent IS NULL OR octet_length(traceparent) <= 200)
    AND aggregateversion >= 1
    AND schemaversion >= 1
  )
);
COMMENT ON COLUMN outbox.payload IS 'json, not jsonb: relayed as it was written';

-- Which topics rows may name is one fact: the set-up writes it from PRODUCT_TOPIC, ORDER_TOPIC and WATERMARK_TOPIC, and the relay keeper
-- creates the topics that it names.
CREATE TABLE outbox_topics (
  aggregatetype text PRIMARY KEY,
  topic         text NOT NULL UNIQUE
    CONSTRAINT legal_topic CHECK (topic ~ '^[a-zA-Z0-9._-]{1,249}$' AND topic NOT IN ('.', '..'))
    CONSTRAINT topic_of_nobody_else CHECK (topic NOT LIKE '\_\_%' AND topic NOT LIKE 'connect-%')
);
COMMENT ON TABLE outbox_topics IS
  'The topics that exist and that rows of the outbox may name. Written by the set-up.';

CREATE TABLE event_types (
  type          text PRIMARY KEY,
  aggregatetype text NOT NULL,
  schemaversion int NOT NULL CHECK (schemaversion >= 1)
);
COMMENT ON TABLE event_types IS
  'What events there are, and the newest schema version of each. Written by the set-up, from the contracts.';
-- The keeper's next watermark may come before the set-up.
INSERT INTO event_types VALUES ('Watermark', 'watermark', 1);

-- With the rights of who writes, and names in full, so that nothing depends on the session.
CREATE FUNCTION check_outbox_row() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  IF EXISTS (
    SELECT FROM public.outbox_topics AS allowed, public.event_types AS known, public.source
    WHERE allowed.aggregatetype = NEW.aggregatetype AND allowed.topic = NEW.topic
      AND known.type = NEW.type AND known.aggregatetype = NEW.aggregatetype
      AND known.schemaversion >= NEW.schemaversion
      AND source.source_id = NEW.sourceid
  ) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'an event of % must name the topic that outbox_topics has for it, a type and schema version that event_types has, and the source id of this database: topic %, % version %, source id %',
    NEW.aggregatetype, NEW.topic, NEW.type, NEW.schemaversion, NEW.sourceid
    USING ERRCODE = 'object_not_in_prerequisite_state';
END
$$;
REVOKE ALL ON FUNCTION check_outbox_row() FROM PUBLIC;
CREATE TRIGGER check_row BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION check_outbox_row();

-- Watermarks come from the relay, events from the service: the relay's table has the counterpart (debezium/sql).
CREATE TRIGGER hold_bounds BEFORE INSERT ON outbox FOR EACH ROW
  WHEN (
    NEW.aggregatetype = 'watermark'
    OR NEW.occurredat NOT BETWEEN '1970-01-01T00:00:00Z' AND clock_timestamp() + interval '5 minutes'
  )
  EXECUTE FUNCTION refuse_to_all_but_the_owner();

-- Lets the service's role have an event relayed again without the right to delete or change one: it can only write back what it took.
CREATE FUNCTION reemit_event(event uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  taken public.outbox;
BEGIN
  DELETE FROM public.outbox WHERE id = event RETURNING * INTO taken;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  -- The publication carries inserts only: this is what the relay sees.
  INSERT INTO public.outbox SELECT taken.*;
  RETURN true;
END
$$;
REVOKE ALL ON FUNCTION reemit_event(uuid) FROM PUBLIC;
COMMENT ON FUNCTION reemit_event(uuid) IS
  'Writes an outbox row again as it is, so that it is relayed again. False when it is not there.';

CREATE TABLE outbox_skipped (
  id         uuid,
  event      json NOT NULL,
  reason     text NOT NULL CHECK (reason <> ''),
  role       name NOT NULL DEFAULT session_user,
  skipped_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE outbox_skipped IS
  'Rows that an operator took out of the outbox because they could not be sent (relay skip).';


-- What was written into the outbox on another server, or on another timeline of this one, was judged by nobody: Kafka may hold what
-- PostgreSQL has lost. So the outbox takes rows only in the history that was accepted (docs/decisions/0091-a-history-is-accepted.md).
-- A history is the system identifier, the timeline, and the outbox table itself, which pg_restore makes anew.

CREATE TABLE accepted_history (
  system_identifier bigint NOT NULL,
  timeline          bigint NOT NULL,
  outbox            oid NOT NULL,
  reason            text NOT NULL CHECK (reason <> ''),
  role              name NOT NULL DEFAULT session_user,
  accepted_at       timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX accepted_history_has_one_row ON accepted_history ((true));
COMMENT ON TABLE accepted_history IS
  'The history in which the outbox takes rows. None: it takes none. Written by accept_history and refuse_history.';

-- Fails on a standby, which writes nothing.
CREATE FUNCTION present_history(OUT system_identifier bigint, OUT timeline bigint, OUT outbox oid)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT system_identifier,
         -- pg_control_checkpoint() shows the timeline before until the first checkpoint after a promotion.
         ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::bigint,
         'public.outbox'::regclass::oid
  FROM pg_control_system()
$$;
REVOKE ALL ON FUNCTION present_history() FROM PUBLIC;

-- Everybody may ask, so that whoever may write need not be told of this check.
CREATE FUNCTION is_history_accepted() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT EXISTS (
    SELECT FROM public.present_history() JOIN public.accepted_history USING (system_identifier, timeline, outbox)
  )
$$;

-- Once per statement. A session asks once who its server is, which stays so: the timeline may change under it, when a standby is
-- promoted, and the table, when pg_restore makes it anew. Those two it compares each time with the trigger's argument.
CREATE FUNCTION fence_history() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  IF TG_ARGV[0] = pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 8)
    || TG_RELID || pg_catalog.current_setting('outbox.server', true) THEN
    RETURN NULL;
  END IF;
  IF NOT public.is_history_accepted() THEN
    RAISE EXCEPTION 'nobody has accepted this history yet: the outbox takes no rows'
      USING ERRCODE = 'read_only_sql_transaction', HINT = 'The relay keeper says what is to be done.';
  END IF;
  PERFORM pg_catalog.set_config('outbox.server', '@' || (SELECT system_identifier FROM pg_catalog.pg_control_system()), false);
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION fence_history() FROM PUBLIC;

-- Gives a table the fence of the history that is accepted. Its argument is the timeline, as names of WAL files begin, the table and the
-- server.
CREATE FUNCTION fence_table(fenced regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  EXECUTE format(
    'CREATE OR REPLACE TRIGGER fence BEFORE INSERT ON %s FOR EACH STATEMENT EXECUTE FUNCTION public.fence_history(%L)',
    fenced,
    coalesce(
      (SELECT upper(lpad(to_hex(timeline), 8, '0')) || fenced::oid || '@' || system_identifier FROM public.accepted_history),
      ''
    )
  );
END
$$;
REVOKE ALL ON FUNCTION fence_table(regclass) FROM PUBLIC;

CREATE FUNCTION fence_tables() RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
  SELECT public.fence_table(oid)
  FROM pg_class
  WHERE oid IN (to_regclass('public.outbox'), to_regclass('public.watermark'))
  ORDER BY relname
$$;
REVOKE ALL ON FUNCTION fence_tables() FROM PUBLIC;

-- Ids that were given out in what is lost are in clients' hands: they must not come to name something else. Returns the next id of each
-- table that gives ids out.
CREATE FUNCTION skip_ids(skipped_ids bigint) RETURNS json
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
  SELECT json_object_agg(relname, setval(sequence, nextval(sequence) + skipped_ids, false))
  FROM (
    SELECT relname, pg_get_serial_sequence(attrelid::regclass::text, attname)::regclass AS sequence
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND attname = 'id' AND attidentity <> ''
  ) AS counted
$$;
REVOKE ALL ON FUNCTION skip_ids(bigint) FROM PUBLIC;

-- For the relay keeper, which has judged this very history: another one, of a failover meanwhile, is not accepted. It skips no more ids
-- than the keeper does: they would be used up, or given out again.
CREATE FUNCTION accept_history(judged_system bigint, judged_timeline bigint, judged_outbox oid, why text, skipped_ids bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  LOCK TABLE public.outbox IN EXCLUSIVE MODE;
  IF NOT (skipped_ids BETWEEN 0 AND 1000000) OR NOT EXISTS (
    SELECT FROM public.present_history()
    WHERE (system_identifier, timeline, outbox) = (judged_system, judged_timeline, judged_outbox)
  ) THEN
    RAISE EXCEPTION 'the history is another one than was judged'
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  PERFORM public.skip_ids(skipped_ids);
  DELETE FROM public.accepted_history;
  INSERT INTO public.accepted_history VALUES (judged_system, judged_timeline, judged_outbox, why);
  PERFORM public.fence_tables();
END
$$;
REVOKE ALL ON FUNCTION accept_history(bigint, bigint, oid, text, bigint) FROM PUBLIC;

-- For the relay keeper, when it sees that this server has lost what Kafka has, although it is called as before.
CREATE FUNCTION refuse_history() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  DELETE FROM public.accepted_history;
  PERFORM public.fence_tables();
END
$$;
REVOKE ALL ON FUNCTION refuse_history() FROM PUBLIC;

-- After this database has lost what Kafka has, as by a restore: gives it another source id, and every outbox row with it, so that what is
-- relayed from now on is no continuation of what was lost.
CREATE FUNCTION begin_history(reason text, skipped_ids bigint)
RETURNS TABLE (begun_source uuid, outbox_rows bigint, first_ids json)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  before uuid;
BEGIN
  -- Waits for commands that have written an event and not committed, and keeps new ones waiting:
  -- each of them has the old source id in all of its rows, or the new one.
  LOCK TABLE public.outbox IN EXCLUSIVE MODE;
  begun_source := gen_random_uuid();
  SELECT source_id INTO STRICT before FROM public.source;
  UPDATE public.source SET source_id = begun_source;
  INSERT INTO public.source_history (source_id, replaced_by, reason) VALUES (before, begun_source, begin_history.reason);
  -- The publication carries inserts only: nothing of this is relayed.
  UPDATE public.outbox SET sourceid = begun_source;
  GET DIAGNOSTICS outbox_rows = ROW_COUNT;
  first_ids := public.skip_ids(skipped_ids);
  DELETE FROM public.accepted_history;
  INSERT INTO public.accepted_history SELECT *, begin_history.reason FROM public.present_history();
  PERFORM public.fence_tables();
  RETURN NEXT;
END
$$;
REVOKE ALL ON FUNCTION begin_history(text, bigint) FROM PUBLIC;
COMMENT ON FUNCTION begin_history(text, bigint) IS
  'Called by the command new-history, when PostgreSQL has lost what Kafka has. Not for a running relay.';

INSERT INTO accepted_history SELECT *, 'it was there when this check began' FROM present_history();
SELECT fence_tables();
