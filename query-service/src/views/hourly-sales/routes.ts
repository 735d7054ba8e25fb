import Router from '@koa/router';
import { formatJsonNumber } from 'contracts/money';
import { readId, readLimit } from '../parameters';
import type { Reader } from '../view';
import { linkNext, noCursor, presentWindow, readHours } from '../windows';
import { windowReader, type Window } from './read-windows';

export const defaultLimit = 1_000;
export const maxLimit = 10_000;

/** `GET /api/analytics/hourly-sales?start=&end=[&productId=][&limit=][&after=]` */
export function hourlySalesRoutes(reader: Reader): Router {
  const router = new Router();
  const readWindows = windowReader(reader);
  router.get('/api/analytics/hourly-sales', async (ctx) => {
    const { start, end } = readHours(ctx.query);
    const productId =
      ctx.query.productId === undefined ? null : readId('productId', ctx.query.productId);
    const limit = readLimit(ctx.query.limit, defaultLimit, maxLimit);
    const [afterHour, afterProduct] = readCursor(ctx.query.after);

    // One row more than asked tells whether there is a next page.
    const asked = { start, end, productId, afterHour, afterProduct };
    const rows = await readWindows(asked, limit + 1);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    if (rows.length > limit && last !== undefined) {
      linkNext(ctx, `${last.hour}:${last.productId}`);
    }
    ctx.type = 'application/json';
    ctx.body = `[${page.map(present).join(',')}]`;
  });
  return router;
}

const present = ({ hour, productId, cents }: Window): string =>
  `{${presentWindow(hour)},"productId":${productId},"totalSales":${formatJsonNumber(cents)}}`;

/** The last window of the page before: `<hour>:<productId>`, opaque to the client. */
function readCursor(text: string | string[] | undefined): [number, number] {
  if (text === undefined) return [Number.MIN_SAFE_INTEGER, 0];
  const match = typeof text === 'string' ? /^(-?\d{1,10}):(\d{1,16})$/.exec(text) : null;
  if (match === null) throw noCursor();
  return [Number(match[1]), Number(match[2])];
}
