import Router from '@koa/router';
import { formatJsonNumber, type Cents } from 'contracts/money';
import { notFound, pathId } from 'service-kit/path-id';
import { lookup } from '../lookup';
import type { Reader } from '../view';

/** `GET /api/analytics/products/:id/sales` */
export function productSalesRoutes(reader: Reader): Router {
  const router = new Router();
  const salesOf = lookup<{ total_cents: Cents }>(
    reader,
    'SELECT key, total_cents FROM json_each(?) CROSS JOIN product_sales ON product_id = value',
  );
  router.get('/api/analytics/products/:id/sales', async (ctx) => {
    const productId = pathId('product', ctx.params.id);
    const row = await salesOf(productId);
    if (row === undefined) throw notFound('product', productId);
    ctx.type = 'application/json';
    ctx.body = `{"productId":${productId},"totalSales":${formatJsonNumber(row.total_cents)}}`;
  });
  return router;
}
