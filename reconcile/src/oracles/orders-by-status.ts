import { orderStatuses } from 'contracts/aggregates';
import { count, type Oracle, plain } from './oracle';

/** A status that no order is in has no row, or one of 0. */
export const ordersByStatus: Oracle = {
  table: 'orders-by-status',
  key: { status: plain },
  columns: { orders: count('orders') },
  sql: `
    SELECT status, count(id), count(id) = 0 AS may_lack
    FROM unnest(ARRAY['${orderStatuses.join("', '")}']) AS status
    LEFT JOIN known_orders USING (status)
    GROUP BY status
    ORDER BY status COLLATE "C"`,
};
