import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What only SQL can write and nothing can read: times beyond a calendar (`infinity` ends every list of orders, the comparison and
 * the purge), texts and orders that fill a reader's memory. And who writes where: watermarks come from the relay, events from the
 * service. As before (docs/decisions/0093-rules-in-the-database.md) the owner is not held to it.
 */
export class BoundWhatIsStored1796150000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TRIGGER hold_bounds BEFORE INSERT ON products FOR EACH ROW
        WHEN (${isLong('NEW.name')} OR ${isLong('NEW.category')})
        EXECUTE FUNCTION refuse_to_all_but_the_owner();
      CREATE TRIGGER hold_time BEFORE UPDATE ON products FOR EACH ROW
        WHEN (${isNoTime('NEW.updated_at')})
        EXECUTE FUNCTION refuse_to_all_but_the_owner();

      CREATE TRIGGER hold_bounds BEFORE INSERT ON orders FOR EACH ROW
        WHEN (${['placed_at', 'created_at', 'updated_at'].map((column) => isNoTime(`NEW.${column}`)).join(' OR ')})
        EXECUTE FUNCTION refuse_to_all_but_the_owner();
      CREATE TRIGGER hold_time BEFORE UPDATE ON orders FOR EACH ROW
        WHEN (${isNoTime('NEW.updated_at')})
        EXECUTE FUNCTION refuse_to_all_but_the_owner();

      CREATE TRIGGER hold_bounds BEFORE INSERT ON order_items FOR EACH ROW
        WHEN (NEW.position NOT BETWEEN 1 AND 500)
        EXECUTE FUNCTION refuse_to_all_but_the_owner();

      -- The relay's table has the counterpart (debezium/sql).
      CREATE TRIGGER hold_bounds BEFORE INSERT ON outbox FOR EACH ROW
        WHEN (NEW.aggregatetype = 'watermark' OR ${isNoTime('NEW.occurredat')})
        EXECUTE FUNCTION refuse_to_all_but_the_owner();

      -- Skips no more ids than the keeper does: they would be used up, or given out again.
      ${acceptHistory('skipped_ids BETWEEN 0 AND 1000000')}
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER hold_bounds ON products;
      DROP TRIGGER hold_time ON products;
      DROP TRIGGER hold_bounds ON orders;
      DROP TRIGGER hold_time ON orders;
      DROP TRIGGER hold_bounds ON order_items;
      DROP TRIGGER hold_bounds ON outbox;
      ${acceptHistory('true')}`);
  }
}

/** As requests are bounded (`http/validation.ts`). */
const isLong = (text: string): string => `length(${text}) > 200`;

/** PostgreSQL's clock is the one that is asked: it wrote the others. */
const isNoTime = (time: string): string =>
  `${time} NOT BETWEEN '1970-01-01T00:00:00Z' AND clock_timestamp() + interval '5 minutes'`;

const acceptHistory = (isBounded: string): string => `
  CREATE OR REPLACE FUNCTION accept_history(judged_system bigint, judged_timeline bigint, judged_outbox oid, why text, skipped_ids bigint) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
  BEGIN
    LOCK TABLE public.outbox IN EXCLUSIVE MODE;
    IF NOT (${isBounded}) OR NOT EXISTS (
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
  $$;`;
