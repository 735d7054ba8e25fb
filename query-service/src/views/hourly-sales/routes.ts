import { objectOf } from 'service-kit/openapi/operation';
import { nextPage } from 'service-kit/openapi/pages';
import { linkNext, noCursor, readId, readLimit } from 'service-kit/query-parameters';
import { pagedPeriod, periodRefusal, schemas } from '../description';
import type { Route } from '../route';
import { presentTotal } from '../totals';
import type { Reader } from '../../store/sql';
import { presentWindow, readHours } from '../windows';
import { windowReader, type Window } from './read-windows';

const defaultLimit = 1_000;
const maxLimit = 10_000;

export function hourlySalesRoutes(reader: Reader): Route[] {
  const readWindows = windowReader(reader);
  return [
    {
      path: '/api/analytics/hourly-sales',
      operationId: 'getHourlySales',
      summary: 'What each product sold in each hour of a period',
      description:
        'An order counts in the UTC hour of its `placedAt`. The windows whose start lies in [start, end), by their ' +
        'start, then by product.',
      parameters: [
        {
          name: 'productId',
          in: 'query',
          description: 'Only of this product.',
          schema: schemas.id,
        },
        ...pagedPeriod({ byDefault: defaultLimit, max: maxLimit }, '^-?[0-9]{1,10}:[0-9]{1,16}$'),
      ],
      answer: 'The windows with sales.',
      schema: {
        type: 'array',
        maxItems: maxLimit,
        items: {
          title: 'HourlySales',
          ...objectOf({
            windowStart: schemas.instant,
            windowEnd: schemas.instant,
            productId: schemas.id,
            totalSales: schemas.total,
          }),
        },
      },
      refusals: periodRefusal,
      headers: nextPage,
      respond: async (ctx) => {
        const { start, end } = readHours(ctx.query);
        const productId =
          ctx.query.productId === undefined ? null : readId('productId', ctx.query.productId);
        const limit = readLimit(ctx.query.limit, defaultLimit, maxLimit);
        const [afterHour, afterProduct] = readCursor(ctx.query.after);

        // Reading one more row than asked shows whether there is a next page.
        const asked = { start, end, productId, afterHour, afterProduct };
        const rows = await readWindows(asked, limit + 1);
        const page = rows.slice(0, limit);
        const last = page.at(-1);
        if (rows.length > limit && last !== undefined) {
          linkNext(ctx, `${last.hour}:${last.productId}`);
        }
        return `[${page.map(present).join(',')}]`;
      },
    },
  ];
}

const present = ({ hour, productId, cents }: Window): string =>
  `{${presentWindow(hour)},"productId":${productId},"totalSales":${presentTotal(cents)}}`;

/** The last window of the page before: `<hour>:<productId>`, opaque to the client. */
function readCursor(text: string | string[] | undefined): [number, number] {
  if (text === undefined) return [Number.MIN_SAFE_INTEGER, 0];
  const match = typeof text === 'string' ? /^(-?\d{1,10}):(\d{1,16})$/.exec(text) : null;
  if (match === null) throw noCursor();
  return [Number(match[1]), Number(match[2])];
}
