import Router from '@koa/router';
import { formatJsonNumber, type Cents } from 'contracts/money';
import { notFound, pathId } from 'service-kit/path-id';
import { lookup } from '../lookup';
import type { Reader } from '../view';

/** `GET /api/analytics/customers/:id/totals` */
export function customerTotalsRoutes(reader: Reader): Router {
  const router = new Router();
  const totalsOf = lookup<{ orders: number; total_cents: Cents }>(
    reader,
    'SELECT key, orders, total_cents FROM json_each(?) CROSS JOIN customer_totals ON customer_id = value',
  );
  router.get('/api/analytics/customers/:id/totals', async (ctx) => {
    const customerId = pathId('customer', ctx.params.id);
    const row = await totalsOf(customerId);
    if (row === undefined) throw notFound('customer', customerId);
    const { orders, total_cents } = row;
    ctx.type = 'application/json';
    ctx.body = `{"customerId":${customerId},"orders":${orders},"totalSpent":${formatJsonNumber(total_cents)}}`;
  });
  return router;
}
