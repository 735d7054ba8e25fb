import Router from '@koa/router';
import { formatJsonNumber, type Cents } from 'contracts/money';
import { Problem } from 'service-kit/problem';
import type { Traffic } from '../apply/traffic';
import type { Reader } from '../views/view';
import { presentWindow, readHours } from '../views/windows';

/** Bounds what one question reads: so many hours of every product. */
export const maxHours = 48;
/** Of `GET /api/analytics/categories`. */
export const maxCategories = 100;

/** What the dashboard asks for beside the views' own routes. It reads their tables and keeps none. */
export function overviewRoutes(reader: Reader, traffic: Traffic): Router {
  const router = new Router();

  router.get('/api/analytics/categories', async (ctx) => {
    const rows = await reader.all<{ category: string; cents: Cents }>(
      `SELECT category, total_cents AS cents FROM category_revenue
       ORDER BY total_cents DESC, category LIMIT ${maxCategories}`,
    );
    const items = rows.map(
      ({ category, cents }) =>
        `{"category":${JSON.stringify(category)},"totalRevenue":${formatJsonNumber(cents)}}`,
    );
    ctx.type = 'application/json';
    ctx.body = `[${items.join(',')}]`;
  });

  router.get('/api/analytics/sales-over-time', async (ctx) => {
    const { start, end } = readHours(ctx.query);
    if (end - start > maxHours) throw new Problem(422, `at most ${maxHours} hours at once`);
    const rows = await reader.all<{ hour: number; units: number; cents: Cents }>(
      `SELECT hour, sum(units) AS units, sum(total_cents) AS cents FROM hourly_sales
       WHERE hour >= CAST(? AS INTEGER) AND hour < CAST(? AS INTEGER)
       GROUP BY hour ORDER BY hour`,
      String(start),
      String(end),
    );
    const items = rows.map(
      ({ hour, units, cents }) =>
        `{${presentWindow(hour)},"units":${units},"totalSales":${formatJsonNumber(cents)}}`,
    );
    ctx.type = 'application/json';
    ctx.body = `[${items.join(',')}]`;
  });

  router.get('/api/analytics/orders-per-minute', (ctx) => {
    ctx.body = {
      since: new Date(traffic.since).toISOString(),
      minutes: traffic.ordersPerMinute.map(({ start, orders }) => ({
        minute: isoMinute(start),
        orders,
      })),
    };
  });

  return router;
}

const isoMinute = (time: number): string => new Date(time).toISOString().replace('.000Z', 'Z');
