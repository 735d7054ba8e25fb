import Router from '@koa/router';
import { formatJsonNumber, type Cents } from 'contracts/money';
import { readId, readLimit } from '../parameters';
import type { Reader } from '../view';
import { linkNext, noCursor, presentWindow, readHours, type Hours } from '../windows';

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
    const asked = { start, end, productId, afterHour, afterProduct };
    const rows = await readHourlySales(reader, asked, limit + 1);
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

/** Windows with `start` ≤ hour < `end`, behind (`afterHour`, `afterProduct`), in that order. */
interface Asked extends Hours {
  /** Null: of every product. */
  readonly productId: number | null;
  readonly afterHour: number;
  readonly afterProduct: number;
}

/** @param most windows, the first ones */
export function readHourlySales(reader: Reader, asked: Asked, most: number): Promise<Window[]> {
  const { start, end, productId, afterHour, afterProduct } = asked;
  const parameters = [start, end, afterHour, afterProduct, most];
  return productId === null
    ? reader.all<Window>(selectWindows, ...parameters)
    : reader.all<Window>(selectWindowsOfProduct, ...parameters, productId);
}

// Both take start ?1, end ?2, the hour ?3 and product ?4 that the page lies behind, its length ?5: a CAST, because
// SQLite plans a statement with a bare parameter as its LIMIT anew each time, which costs more than to run it.
const selectWindows = `
  SELECT hour, product_id, total_cents
  FROM hourly_sales
  WHERE hour >= ?1 AND hour < ?2
    AND (hour, product_id) > (?3, ?4)
  ORDER BY hour, product_id
  LIMIT CAST(?5 AS INTEGER)
`;

// The key begins with the hour. Scanning the period would read every product of it: this leaps from an hour to the
// next one that has any sales, and looks the product ?6 up in each.
const selectWindowsOfProduct = `
  WITH RECURSIVE sold (hour) AS (
    SELECT (SELECT min(hour) FROM hourly_sales WHERE hour >= max(?1, ?3 + (?4 >= ?6)))
    UNION ALL
    SELECT (SELECT min(hour) FROM hourly_sales WHERE hour > sold.hour)
    FROM sold WHERE sold.hour < ?2
  )
  SELECT hourly_sales.hour, product_id, total_cents
  FROM sold CROSS JOIN hourly_sales
    ON hourly_sales.hour = sold.hour AND product_id = ?6
  WHERE sold.hour < ?2
  ORDER BY hourly_sales.hour
  LIMIT CAST(?5 AS INTEGER)
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
