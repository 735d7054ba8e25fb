import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A new history leaves out ids of every table that gives ids out, whatever kinds of aggregates there are. */
export class SkipIdsOfEveryKind1796000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION begin_history(text, bigint);
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
        -- Ids that were given out after the backup are in clients' hands: they must not come to name
        -- something else. By table.
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
      REVOKE ALL ON FUNCTION begin_history(text, bigint) FROM PUBLIC;
      COMMENT ON FUNCTION begin_history(text, bigint) IS
        'Called by the command new-history, after a restore. Not for a running relay.';
    `);
  }

  /** As it was created first. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION begin_history(text, bigint);
      CREATE FUNCTION begin_history(reason text, skipped_ids bigint)
      RETURNS TABLE (begun_source uuid, outbox_rows bigint, first_product bigint, first_order bigint)
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
        -- Ids that were given out after the backup are in clients' hands: they must not come to name
        -- something else.
        first_product := nextval('public.products_id_seq') + skipped_ids;
        PERFORM setval('public.products_id_seq', first_product, false);
        first_order := nextval('public.orders_id_seq') + skipped_ids;
        PERFORM setval('public.orders_id_seq', first_order, false);
        RETURN NEXT;
      END
      $$;
      REVOKE ALL ON FUNCTION begin_history(text, bigint) FROM PUBLIC;
      COMMENT ON FUNCTION begin_history(text, bigint) IS
        'Called by the command new-history, after a restore. Not for a running relay.';
    `);
  }
}
