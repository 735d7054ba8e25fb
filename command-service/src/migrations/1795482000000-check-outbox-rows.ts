import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A row that cannot be sent would hold up every event behind it, and stays in the WAL when it is deleted: it is refused
 * instead. Which topics rows may name is one fact, in `outbox_topics`: the set-up writes it from PRODUCT_TOPIC, ORDER_TOPIC and
 * WATERMARK_TOPIC, and the relay keeper creates the topics that it names.
 */
export class CheckOutboxRows1795482000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE outbox_topics (
        aggregatetype text PRIMARY KEY,
        topic         text NOT NULL UNIQUE
          CONSTRAINT legal_topic CHECK (topic ~ '^[a-zA-Z0-9._-]{1,249}$' AND topic NOT IN ('.', '..'))
          CONSTRAINT topic_of_nobody_else CHECK (topic NOT LIKE '\\_\\_%' AND topic NOT LIKE 'connect-%')
      );
      COMMENT ON TABLE outbox_topics IS
        'The topics that exist and that rows of the outbox may name. Written by the set-up.';

      -- Kafka takes a record of 1 MiB, key and headers included (max.request.size, max.message.bytes). Rows that are there already are
      -- not looked at: they have been sent.
      ALTER TABLE outbox ADD CONSTRAINT sendable CHECK (
        octet_length(payload::text) <= 524288
        AND octet_length(aggregateid) BETWEEN 1 AND 100
        AND octet_length(type) BETWEEN 1 AND 100
        AND (traceparent IS NULL OR octet_length(traceparent) <= 200)
        AND aggregateversion >= 1
        AND schemaversion >= 1
      ) NOT VALID;

      -- With the rights of who writes, and names in full, so that nothing depends on the session.
      CREATE FUNCTION check_outbox_row() RETURNS trigger
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
      REVOKE ALL ON FUNCTION check_outbox_row() FROM PUBLIC;
      CREATE TRIGGER check_row BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION check_outbox_row();

      CREATE TABLE outbox_skipped (
        id         uuid,
        event      json NOT NULL,
        reason     text NOT NULL CHECK (reason <> ''),
        role       name NOT NULL DEFAULT session_user,
        skipped_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
      );
      COMMENT ON TABLE outbox_skipped IS
        'Rows that an operator took out of the outbox because they could not be sent (relay skip).';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE outbox_skipped;
      DROP TRIGGER check_row ON outbox;
      DROP FUNCTION check_outbox_row();
      ALTER TABLE outbox DROP CONSTRAINT sendable;
      DROP TABLE outbox_topics`);
  }
}
