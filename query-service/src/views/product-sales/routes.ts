import Router from '@koa/router';
import { formatJsonNumber, type Cents } from 'contracts/money';
import { notFound, pathId } from 'service-kit/path-id';
import type { Reader } from '../view';

/** `GET /api/analytics/products/:id/sales` */
export function productSalesRoutes(reader: Reader): Router {
  const router = new Router();
  router.get('/api/analytics/products/:id/sales', async (ctx) => {
    const productId = pathId('product', ctx.params.id);
    const [row] = await reader.all<{ total_cents: Cents }>(
      'SELECT total_cents FROM product_sales WHERE product_id = CAST(? AS INTEGER)',
      String(productId),
    );
    if (row === undefined) throw notFound('product', productId);
    ctx.type = 'application/json';
    ctx.body = `{"productId":${productId},"totalSales":${formatJsonNumber(row.total_cents)}}`;
  });
  return router;
}
