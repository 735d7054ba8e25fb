import Router from '@koa/router';
import { formatJsonNumber, type Cents } from 'contracts/money';
import { notFound } from 'service-kit/path-id';
import type { Reader } from '../view';

/** `GET /api/analytics/categories/:category/revenue` */
export function categoryRevenueRoutes(reader: Reader): Router {
  const router = new Router();
  router.get('/api/analytics/categories/:category/revenue', async (ctx) => {
    const category = ctx.params.category ?? '';
    const [row] = await reader.all<{ total_cents: Cents }>(
      'SELECT total_cents FROM category_revenue WHERE category = ?',
      category,
    );
    if (row === undefined) throw notFound('category', category);
    ctx.type = 'application/json';
    ctx.body = `{"category":${JSON.stringify(category)},"totalRevenue":${formatJsonNumber(row.total_cents)}}`;
  });
  return router;
}
