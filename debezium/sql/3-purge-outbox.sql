-- The one way to delete from the outbox. The relay keeper calls it with events that it has read back from
-- Kafka: that they stand there is its knowledge, not PostgreSQL's (docs/decisions/0022-purge-what-was-read-back.md).
-- What PostgreSQL knows is checked here, in the transaction that deletes: whether somebody streams from the
-- slot (nobody does while Debezium takes a snapshot), and the row's age by this clock.
CREATE OR REPLACE FUNCTION public.purge_outbox(
  from_topic text,
  events     uuid[],
  sources    uuid[],  -- of each event, as its record says: a restored database may give out an id again
  kept       interval
) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  purged integer;
BEGIN
  IF NOT EXISTS (
    SELECT FROM pg_replication_slots
    WHERE slot_name = 'relay' AND database = current_database() AND active
  ) THEN
    RAISE EXCEPTION 'nobody reads the slot relay: nothing is purged'
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  DELETE FROM public.outbox
  USING unnest(events, sources) AS relayed (id, sourceid)
  WHERE outbox.id = relayed.id
    AND outbox.sourceid = relayed.sourceid
    AND outbox.topic = from_topic
    AND outbox.occurredat < clock_timestamp() - kept;
  GET DIAGNOSTICS purged = ROW_COUNT;
  RETURN purged;
END
$$;
COMMENT ON FUNCTION public.purge_outbox(text, uuid[], uuid[], interval) IS
  'Deletes outbox rows whose events were read back from this topic. Only for the relay keeper.';
REVOKE ALL ON FUNCTION public.purge_outbox(text, uuid[], uuid[], interval) FROM PUBLIC;
