import Router from '@koa/router';
import { formatJsonNumber, type Cents } from 'contracts/money';
import { notFound } from 'service-kit/path-id';
import { lookup } from '../lookup';
import type { Reader } from '../view';

/** `GET /api/analytics/categories/:category/revenue` */
export function categoryRevenueRoutes(reader: Reader): Router {
  const router = new Router();
  const revenueOf = lookup<{ total_cents: Cents }>(
    reader,
    'SELECT key, total_cents FROM json_each(?) CROSS JOIN category_revenue ON category = value',
  );
  router.get('/api/analytics/categories/:category/revenue', async (ctx) => {
    const category = ctx.params.category ?? '';
    const row = await revenueOf(category);
    if (row === undefined) throw notFound('category', category);
    ctx.type = 'application/json';
    ctx.body = `{"category":${JSON.stringify(category)},"totalRevenue":${formatJsonNumber(row.total_cents)}}`;
  });
  return router;
}
