import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What was written into the outbox on another server, or on another timeline of this one, was judged by nobody: Kafka may hold what
 * PostgreSQL has lost. So the outbox takes rows only in the history that was accepted (docs/decisions/0091-a-history-is-accepted.md).
 * A history is the system identifier, the timeline, and the outbox table itself, which pg_restore makes anew. The present one is
 * accepted here: a database that was there before goes on.
 */
export class FenceTheHistory1796100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
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

      -- Gives a table the fence of the history that is accepted. Its argument is the timeline, as names of WAL files begin, the table
      -- and the server.
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

      -- Ids that were given out in what is lost are in clients' hands: they must not come to name something else. Returns the next id
      -- of each table.
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

      -- For the relay keeper, which has judged this very history: another one, of a failover meanwhile, is not accepted.
      CREATE FUNCTION accept_history(judged_system bigint, judged_timeline bigint, judged_outbox oid, why text, skipped_ids bigint) RETURNS void
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS $$
      BEGIN
        LOCK TABLE public.outbox IN EXCLUSIVE MODE;
        IF NOT EXISTS (
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

      INSERT INTO accepted_history SELECT *, 'it was there when this check began' FROM present_history();
      SELECT fence_tables();

      CREATE OR REPLACE FUNCTION begin_history(reason text, skipped_ids bigint)
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
      COMMENT ON FUNCTION begin_history(text, bigint) IS
        'Called by the command new-history, when PostgreSQL has lost what Kafka has. Not for a running relay.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE OR REPLACE FUNCTION begin_history(reason text, skipped_ids bigint)
      RETURNS TABLE (begun_source uuid, outbox_rows bigint, first_ids json)
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
      AS $$
      DECLARE
        before uuid;
      BEGIN
        LOCK TABLE public.outbox IN EXCLUSIVE MODE;
        begun_source := gen_random_uuid();
        SELECT source_id INTO STRICT before FROM public.source;
        UPDATE public.source SET source_id = begun_source;
        INSERT INTO public.source_history (source_id, replaced_by, reason) VALUES (before, begun_source, begin_history.reason);
        UPDATE public.outbox SET sourceid = begun_source;
        GET DIAGNOSTICS outbox_rows = ROW_COUNT;
        SELECT json_object_agg(
                 relname,
                 setval(sequence, nextval(sequence) + skipped_ids, false)
               )
        INTO first_ids
        FROM (
          SELECT relname, pg_get_serial_sequence(attrelid::regclass::text, attname)::regclass AS sequence
          FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
          WHERE relnamespace = 'public'::regnamespace AND attname = 'id' AND attidentity <> ''
        ) AS counted;
        RETURN NEXT;
      END
      $$;
      DROP TRIGGER fence ON outbox;
      DROP TRIGGER IF EXISTS fence ON watermark;
      DROP FUNCTION refuse_history(), accept_history(bigint, bigint, oid, text, bigint), skip_ids(bigint), fence_tables(),
        fence_table(regclass), fence_history(), is_history_accepted(), present_history();
      DROP TABLE accepted_history`);
  }
}
