import { isSaleSql } from 'contracts/aggregates';
import { count, money, type Oracle, plain } from './oracle';

/** A customer is known by any order; cancelled ones are neither counted nor added. */
export const customerTotals: Oracle = {
  table: 'customer-totals',
  key: { customer_id: plain },
  columns: { orders: count('orders'), total_cents: money },
  sql: `
    SELECT customer_id, orders, coalesce(cents, 0)
    FROM (
      SELECT customer_id, count(*) FILTER (WHERE ${isSaleSql('status')}) AS orders
      FROM known_orders WHERE status IS NOT NULL GROUP BY customer_id
    ) AS placed
    LEFT JOIN (
      SELECT customer_id, sum(cents) AS cents FROM sales GROUP BY customer_id
    ) AS sold USING (customer_id)
    ORDER BY customer_id`,
};
