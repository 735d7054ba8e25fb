import { statusName } from '../../store/order-status';
import { type Row, table } from '../../store/table';
import type { View } from '../view';

export const statuses = table({
  name: 'orders-by-status',
  key: { status: 'text' },
  adds: { orders: 'orders' },
  sets: {},
  goneAt0: 'orders',
});

/** The number of orders in each status. */
export const ordersByStatus: View = {
  name: 'orders-by-status',
  readableSince: 4,
  tables: [statuses],
  rows: ({ orders }) => {
    const rows: Row[] = [];
    for (const { from, to } of orders) {
      if (from !== null) rows.push([from, -1]);
      rows.push([to, 1]);
    }
    return [rows];
  },
  invariants: [
    `SELECT 'status ' || status || ': ' || coalesce(kept.orders, 0) || ' orders, ' ||
       coalesce(counted.orders, 0) || ' orders are in it'
     FROM orders_by_status AS kept FULL JOIN (
       SELECT ${statusName} AS status, count(*) AS orders FROM order_state GROUP BY order_state.status
     ) AS counted USING (status)
     WHERE coalesce(kept.orders, 0) <> coalesce(counted.orders, 0)`,
  ],
};
