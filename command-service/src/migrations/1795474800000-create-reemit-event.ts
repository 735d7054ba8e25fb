import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Lets the service's role have an event relayed again without the right to delete or change one:
 * the function runs with its owner's rights and can only write back what it took.
 */
export class CreateReemitEvent1795474800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
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
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION reemit_event(uuid)');
  }
}
