import Router from '@koa/router';
import type { OrderStatus } from 'contracts/events';
import type { Reader } from '../view';

/** `GET /api/analytics/orders-by-status` */
export function ordersByStatusRoutes(reader: Reader): Router {
  const router = new Router();
  router.get('/api/analytics/orders-by-status', async (ctx) => {
    const counts: Record<OrderStatus, number> = {
      CREATED: 0,
      SHIPPED: 0,
      DELIVERED: 0,
      CANCELLED: 0,
    };
    const rows = await reader.all<{ status: OrderStatus; orders: number }>(
      'SELECT status, orders FROM orders_by_status',
    );
    for (const { status, orders } of rows) counts[status] = orders;
    ctx.body = counts;
  });
  return router;
}
