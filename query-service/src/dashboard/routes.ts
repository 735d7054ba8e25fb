import Router from '@koa/router';
import { formatJsonNumber } from 'contracts/money';
import { Problem } from 'service-kit/problem';
import type { Traffic } from '../apply/traffic';
import { categoryRevenue } from '../views/category-revenue/view';
import { hourlySales } from '../views/hourly-sales/view';
import type { Reader } from '../store/sql';
import { sumInParts, sumOfParts } from '../store/sums';
import type { CentsText } from '../store/table';
import { presentTotal } from '../views/totals';
import { presentWindow, readHours } from '../views/windows';

/** The most hours per request: it reads that many hours of every product. */
export const maxHours = 168;
/** How many categories `GET /api/analytics/categories` lists at most. */
export const maxCategories = 100;

/**
 * The routes that the dashboard needs besides those of the views. They read the views' tables: a route with the name of
 * a view shows a change when that view does.
 */
export function overviewRoutes(reader: Reader, traffic: Traffic): Router {
  const router = new Router();

  router.get(categoryRevenue.name, '/api/analytics/categories', async (ctx) => {
    const { category: only } = ctx.query;
    if (Array.isArray(only)) throw new Problem(400, 'category must be stated once');
    const columns = 'SELECT category, CAST(total_cents AS TEXT) AS cents FROM category_revenue';
    type Row = { category: string; cents: CentsText };
    const rows =
      only === undefined
        ? await reader.all<Row>(
            `${columns} ORDER BY total_cents DESC, category LIMIT ${maxCategories}`,
          )
        : await reader.all<Row>(`${columns} WHERE category = $1`, only);
    const items = rows.map(
      ({ category, cents }) =>
        `{"category":${JSON.stringify(category)},"totalRevenue":${presentTotal(cents)}}`,
    );
    ctx.type = 'application/json';
    ctx.body = `[${items.join(',')}]`;
  });

  router.get(hourlySales.name, '/api/analytics/sales-over-time', async (ctx) => {
    const { start, end } = readHours(ctx.query);
    if (end - start > maxHours)
      throw new Problem(422, `at most ${maxHours} hours at once`, { code: 'too-many-hours' });
    const rows = await reader.all<{ hour: number; units: number; high: string; low: string }>(
      {
        sqlite: salesOverTimeIn('hourly_sales'),
        postgres: salesOverTimeIn('hourly_sales_by_source'),
      },
      String(start),
      String(end),
    );
    const items = rows.map(
      ({ hour, units, ...cents }) =>
        `{${presentWindow(hour)},"units":${units},"totalSales":${formatJsonNumber(sumOfParts(cents))}}`,
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

const salesOverTimeIn = (table: string): string => `
  SELECT hour, sum(units) AS units, ${sumInParts('total_cents')} FROM ${table}
  WHERE hour >= CAST($1 AS INTEGER) AND hour < CAST($2 AS INTEGER)
  GROUP BY hour ORDER BY hour`;

const isoMinute = (time: number): string => new Date(time).toISOString().replace('.000Z', 'Z');
