import { money, type Oracle, plain } from './oracle';

/** A product has a row from its event on, or from an order of it on, also when that was cancelled since. */
export const productSales: Oracle = {
  table: 'product-sales',
  key: { product_id: plain },
  columns: { total_cents: money },
  sql: `
    SELECT id, coalesce(cents, 0), NOT is_known AND coalesce(cents, 0) = 0 AS may_lack
    FROM known_products
    LEFT JOIN (
      SELECT product_id AS id, sum(cents) AS cents FROM sales GROUP BY product_id
    ) AS sold USING (id)
    ORDER BY id`,
};
