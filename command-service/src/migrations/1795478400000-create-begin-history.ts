import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * After this database was restored from a backup: gives it another source id, and every outbox row
 * with it, so that what is relayed from now on is no continuation of what was lost.
 */
export class CreateBeginHistory1795478400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE source_history (
        source_id   uuid PRIMARY KEY,
        replaced_by uuid NOT NULL,
        reason      text NOT NULL CHECK (reason <> ''),
        role        name NOT NULL DEFAULT session_user,
        ended_at    timestamptz(3) NOT NULL DEFAULT clock_timestamp()
      );
      COMMENT ON TABLE source_history IS 'Source ids that this database had before, and why they ended.';

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

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION begin_history(text, bigint); DROP TABLE source_history');
  }
}
