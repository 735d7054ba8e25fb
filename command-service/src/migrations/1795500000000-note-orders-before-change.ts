import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What SQL by hand changes of an order is noted as it was before: views count the order as it was told, and have to
 * take that out (docs/decisions/0075-corrections-by-sql.md). The service never comes here: it writes
 * items with their order, and changes only an order's status. When a product was changed is kept, as an order's is.
 */
export class NoteOrdersBeforeChange1795500000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE products ADD COLUMN updated_at timestamptz(3);
      UPDATE products SET updated_at = created_at;
      ALTER TABLE products
        ALTER COLUMN updated_at SET DEFAULT date_trunc('milliseconds', clock_timestamp()),
        ALTER COLUMN updated_at SET NOT NULL;

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
        -- The first of several changes counts: nothing of them was told. It runs before each row, so of
        -- several items that one statement changes, the first one still sees all of them as they were.
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
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER note_before_change ON orders;
      DROP TRIGGER note_before_change ON order_items;
      DROP FUNCTION note_order_before_change();
      DROP TABLE order_before_change;
      ALTER TABLE products DROP COLUMN updated_at`);
  }
}
