import type { Slice } from '../slice';
import { orderEventsAsIs } from './events-as-is';
import { orderOperations } from './operations';
import { orderEvent } from './order';
import { orderRoutes } from './routes';
import { lockOrder } from './table';

export const orderSlice: Slice = {
  name: 'orders',
  routes: orderRoutes,
  operations: orderOperations,
  rights: {
    orders: {
      table: ['SELECT'],
      inserts: ['customer_id', 'status', 'placed_at', 'created_at', 'updated_at'],
      changes: ['status', 'version', 'updated_at'],
    },
    order_items: { table: ['SELECT', 'INSERT'] },
    order_before_change: { table: ['SELECT', 'DELETE'] },
  },
  lockNewestEvent: async (sql, id) => {
    const order = await lockOrder(sql, id);
    return order && orderEvent(order);
  },
  eventsAsIs: orderEventsAsIs,
};
