import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the service's role may write is what commands write, whoever has its login: an order's items come with the order, a version
 * follows the one before it, and an event is of a kind that the contracts know (docs/decisions/0093-rules-in-the-database.md).
 * The tables' owner corrects by SQL, and is not held to it, but for events.
 */
export class HoldToTheDomain1796050000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
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

      CREATE TABLE event_types (
        type          text PRIMARY KEY,
        aggregatetype text NOT NULL,
        schemaversion int NOT NULL CHECK (schemaversion >= 1)
      );
      COMMENT ON TABLE event_types IS
        'What events there are, and the newest schema version of each. Written by the set-up, from the contracts.';
      -- The keeper's next watermark may come before the set-up.
      INSERT INTO event_types VALUES ('Watermark', 'watermark', 1);

      CREATE OR REPLACE FUNCTION check_outbox_row() RETURNS trigger
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
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE OR REPLACE FUNCTION check_outbox_row() RETURNS trigger
      LANGUAGE plpgsql
      AS $$
      BEGIN
        IF EXISTS (
          SELECT FROM public.outbox_topics AS allowed, public.source
          WHERE allowed.aggregatetype = NEW.aggregatetype AND allowed.topic = NEW.topic
            AND source.source_id = NEW.sourceid
        ) THEN
          RETURN NEW;
        END IF;
        RAISE EXCEPTION 'an event of % must name the topic that outbox_topics has for it, and the source id of this database: topic %, source id %',
          NEW.aggregatetype, NEW.topic, NEW.sourceid
          USING ERRCODE = 'object_not_in_prerequisite_state';
      END
      $$;
      DROP TABLE event_types;
      DROP TRIGGER hold_insert ON order_items;
      DROP TRIGGER hold_insert ON orders;
      DROP TRIGGER hold_update ON orders;
      DROP TRIGGER hold_insert ON products;
      DROP TRIGGER hold_update ON products;
      DROP FUNCTION check_order_items();
      DROP FUNCTION refuse_to_all_but_the_owner()`);
  }
}
