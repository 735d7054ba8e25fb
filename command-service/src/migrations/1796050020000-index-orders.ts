import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What `GET /api/orders` reads by (docs/decisions/0102-what-a-number-is-made-of.md). No index has the status: while none
 * does, a change of status writes into no index at all.
 */
export class IndexOrders1796050020000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX orders_by_time ON orders (placed_at, id);
      CREATE INDEX orders_by_customer ON orders (customer_id, placed_at, id);
      CREATE INDEX order_items_by_product ON order_items (product_id, order_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX orders_by_time, orders_by_customer, order_items_by_product');
  }
}
