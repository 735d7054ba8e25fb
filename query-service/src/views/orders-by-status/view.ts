import type { OrderStatus } from 'contracts/events';
import type { View } from '../view';
import { ordersByStatusOperations } from './operations';
import { ordersByStatusRoutes } from './routes';

/** How many orders are in each status now. A status that no order is in has no row, or one of 0. */
export const ordersByStatus: View = {
  name: 'orders-by-status',
  readableSince: 4,

  schema: `
    CREATE TABLE orders_by_status (
      status TEXT PRIMARY KEY,
      orders INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,

  writes: ({ orders }) => {
    const moves = new Map<OrderStatus, number>();
    const add = (status: OrderStatus, sign: number): void => {
      moves.set(status, (moves.get(status) ?? 0) + sign);
    };
    for (const { from, to } of orders) {
      if (from !== null) add(from, -1);
      add(to, 1);
    }
    return [{ sql: addToCounts, rows: [...moves].filter(([, orders]) => orders !== 0) }];
  },

  routes: ordersByStatusRoutes,
  operations: ordersByStatusOperations,
};

const addToCounts = `
  INSERT INTO orders_by_status (status, orders)
  SELECT value ->> 0, value ->> 1 FROM jsonb_each(?) WHERE true
  ON CONFLICT (status) DO UPDATE SET orders = orders + excluded.orders
`;
