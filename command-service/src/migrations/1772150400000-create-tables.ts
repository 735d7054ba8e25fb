import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Products, orders, the outbox, and the id of this database as a source of versions.
 * Times are the database's, whole milliseconds, as events carry them.
 */
export class CreateTables1772150400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE source (source_id uuid NOT NULL);
      CREATE UNIQUE INDEX source_has_one_row ON source ((true));
      COMMENT ON TABLE source IS
        'Whose versions these are. A wiped or restored database gets another id, so that consumers notice.';
      INSERT INTO source VALUES (gen_random_uuid());

      CREATE TABLE products (
        id          bigint GENERATED ALWAYS AS IDENTITY (MAXVALUE ${Number.MAX_SAFE_INTEGER}) PRIMARY KEY,
        name        text NOT NULL,
        category    text NOT NULL,
        price_cents bigint NOT NULL CHECK (price_cents BETWEEN 0 AND 99999999),
        version     int NOT NULL DEFAULT 1,
        created_at  timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds', clock_timestamp())
      );

      CREATE TABLE orders (
        id          bigint GENERATED ALWAYS AS IDENTITY (MAXVALUE ${Number.MAX_SAFE_INTEGER}) PRIMARY KEY,
        customer_id bigint NOT NULL CHECK (customer_id BETWEEN 1 AND ${Number.MAX_SAFE_INTEGER}),
        status      text NOT NULL CHECK (status IN ('CREATED', 'SHIPPED', 'DELIVERED', 'CANCELLED')),
        version     int NOT NULL DEFAULT 1,
        placed_at   timestamptz(3) NOT NULL,
        created_at  timestamptz(3) NOT NULL,
        updated_at  timestamptz(3) NOT NULL
      );

      CREATE TABLE order_items (
        order_id    bigint NOT NULL REFERENCES orders,
        position    int NOT NULL,
        product_id  bigint NOT NULL REFERENCES products,
        quantity    int NOT NULL CHECK (quantity BETWEEN 1 AND 10000),
        price_cents bigint NOT NULL CHECK (price_cents BETWEEN 0 AND 99999999),
        PRIMARY KEY (order_id, position)
      );
      COMMENT ON TABLE order_items IS 'Written with their order, never changed.';

      CREATE TABLE outbox (
        id               uuid PRIMARY KEY,
        aggregatetype    text NOT NULL,
        aggregateid      text NOT NULL,
        type             text NOT NULL,
        payload          json NOT NULL,
        topic            text NOT NULL,
        aggregateversion int NOT NULL,
        schemaversion    int NOT NULL,
        sourceid         uuid NOT NULL,
        traceparent      text,
        occurredat       timestamptz(3) NOT NULL
      );
      COMMENT ON COLUMN outbox.payload IS 'json, not jsonb: relayed as it was written';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE outbox, order_items, orders, products, source');
  }
}
