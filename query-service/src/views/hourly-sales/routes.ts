import Router from '@koa/router';
import { formatJsonNumber, type Cents } from 'contracts/money';
import { readId, readLimit } from '../parameters';
import type { Reader } from '../view';
import { linkNext, noCursor, presentWindow, readHours } from '../windows';

export const defaultLimit = 1_000;
export const maxLimit = 10_000;

interface Window {
  readonly hour: number;
  readonly product_id: number;
  readonly total_cents: Cents;
}

/** `GET /api/analytics/hourly-sales?start=&end=[&productId=][&limit=][&after=]` */
export function hourlySalesRoutes(reader: Reader): Router {
  const router = new Router();
  router.get('/api/analytics/hourly-sales', async (ctx) => {
    const { start, end } = readHours(ctx.query);
    const productId =
      ctx.query.productId === undefined ? null : readId('productId', ctx.query.productId);
    const limit = readLimit(ctx.query.limit, defaultLimit, maxLimit);
    const [afterHour, afterProduct] = readCursor(ctx.query.after);

    // One row more than asked tells whether there is a next page.
    const rows = await reader.all<Window>(
      selectWindows,
      JSON.stringify([start, end, productId, afterHour, afterProduct]),
      limit + 1,
    );
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    if (rows.length > limit && last !== undefined) {
      linkNext(ctx, `${last.hour}:${last.product_id}`);
    }
    ctx.type = 'application/json';
    ctx.body = `[${page.map(present).join(',')}]`;
  });
  return router;
}

const selectWindows = `
  WITH asked (start_hour, end_hour, product, after_hour, after_product) AS (
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4
    FROM (SELECT ? AS value)
  )
  SELECT hour, product_id, total_cents
  FROM asked CROSS JOIN hourly_sales
  WHERE hour >= start_hour AND hour < end_hour
    AND (hour, product_id) > (after_hour, after_product)
    AND (product IS NULL OR product_id = product)
  ORDER BY hour, product_id
  LIMIT ?
`;

const present = ({ hour, product_id, total_cents }: Window): string =>
  `{${presentWindow(hour)},"productId":${product_id},"totalSales":${formatJsonNumber(total_cents)}}`;

/** The last window of the page before: `<hour>:<productId>`, opaque to the client. */
function readCursor(text: string | string[] | undefined): [number, number] {
  if (text === undefined) return [Number.MIN_SAFE_INTEGER, 0];
  const match = typeof text === 'string' ? /^(-?\d{1,10}):(\d{1,16})$/.exec(text) : null;
  if (match === null) throw noCursor();
  return [Number(match[1]), Number(match[2])];
}
