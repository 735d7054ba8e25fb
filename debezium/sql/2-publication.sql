-- Created once and then only altered: for a slot, a publication that was created after the slot's
-- position "does not exist", and the relay stands still.
-- Inserts only: purging the outbox is no event.
DO $$
DECLARE
  missing text;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_publication WHERE pubname = 'relay') THEN
    CREATE PUBLICATION relay WITH (publish = 'insert');
  END IF;
  IF EXISTS (
    SELECT FROM pg_publication
    WHERE pubname = 'relay' AND (NOT pubinsert OR pubupdate OR pubdelete OR pubtruncate)
  ) THEN
    ALTER PUBLICATION relay SET (publish = 'insert');
  END IF;
  FOR missing IN
    SELECT wanted FROM unnest(ARRAY['outbox', 'watermark']) AS wanted
    WHERE wanted NOT IN (
      SELECT tablename FROM pg_publication_tables WHERE pubname = 'relay' AND schemaname = 'public'
    )
  LOOP
    EXECUTE format('ALTER PUBLICATION relay ADD TABLE public.%I', missing);
  END LOOP;
END
$$;
