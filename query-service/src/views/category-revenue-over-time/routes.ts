import { objectOf } from 'service-kit/openapi/operation';
import { notFound } from 'service-kit/path-id';
import { nextPage } from 'service-kit/openapi/pages';
import { linkNext, noCursor, readLimit } from 'service-kit/query-parameters';
import { categoryInPath, pagedPeriod, periodRefusal, schemas } from '../description';
import type { Route } from '../route';
import { lookup } from '../lookup';
import { categories } from '../category-revenue/view';
import { presentTotal } from '../totals';
import type { Reader } from '../../store/sql';
import type { CentsText } from '../../store/table';
import { type Hours, presentWindow, readHours } from '../windows';

const defaultLimit = 1_000;
const maxLimit = 10_000;

/** How many rows of hourly sales a page reads, up to the end of an hour: about 30 milliseconds. */
const pageRows = 100_000;

interface Window {
  readonly hour: number;
  readonly cents: CentsText;
}

export function categoryRevenueOverTimeRoutes(reader: Reader): Route[] {
  const revenueOf = lookup(reader, categories);
  return [
    {
      path: '/api/analytics/categories/{category}/revenue-over-time',
      operationId: 'getCategoryRevenueOverTime',
      summary: 'What a category sold in each hour of a period',
      description:
        'Of the products that are in the category now. The windows whose start lies in [start, end), ascending. A ' +
        'page may have fewer than `limit` windows, or none, although more follow: only its `Link` tells.',
      parameters: [
        categoryInPath,
        ...pagedPeriod({ byDefault: defaultLimit, max: maxLimit }, '^-?[0-9]{1,10}$'),
      ],
      answer: 'The windows with sales.',
      schema: {
        type: 'array',
        maxItems: maxLimit,
        items: {
          title: 'CategoryWindow',
          ...objectOf({
            windowStart: schemas.instant,
            windowEnd: schemas.instant,
            totalRevenue: schemas.total,
          }),
        },
      },
      refusals: { 404: 'No product is in such a category.', ...periodRefusal },
      headers: nextPage,
      respond: async (ctx) => {
        const category = ctx.params.category ?? '';
        const { start, end } = readHours(ctx.query);
        const limit = readLimit(ctx.query.limit, defaultLimit, maxLimit);
        const from = Math.max(start, readCursor(ctx.query.after) + 1);
        if ((await revenueOf(category)) === undefined) throw notFound('category', category);

        const hours = { start: from, end };
        const { windows, next } = await readWindows(reader, category, hours, limit);
        if (next !== null) linkNext(ctx, String(next - 1));
        return `[${windows.map(present).join(',')}]`;
      },
    },
  ];
}

/**
 * Reads the hours in which a category sold something, ascending.
 *
 * @param limit the most windows. There may be fewer although more follow, because other categories' rows are read, too
 * @returns `next`: the first hour of the next page; null when there is none
 */
export async function readWindows(
  reader: Reader,
  category: string,
  { start, end }: Hours,
  limit: number,
): Promise<{ windows: Window[]; next: number | null }> {
  const [cut] = await reader.all<{ hour: number }>(selectCut, start, end);
  const until = cut?.hour ?? end;
  const rows = await reader.all<Window>(selectWindows, start, until, category, limit + 1);
  const more = rows[limit];
  return { windows: rows.slice(0, limit), next: more?.hour ?? (until < end ? until : null) };
}

/** Selects the hour before which a page ends when the range has too many rows; at least one hour is read whole. */
const selectCut = {
  sqlite: cutOf('SELECT hour FROM hourly_sales WHERE hour >= $1 AND hour < $2'),
  postgres: cutOf(
    'SELECT hour FROM hourly_sales_by_source WHERE hour >= $1 AND hour < $2 GROUP BY hour, product_id',
  ),
};

function cutOf(hours: string): string {
  return `
    WITH asked AS MATERIALIZED (${hours} ORDER BY hour LIMIT ${pageRows + 1})
    SELECT CASE WHEN last > first THEN last ELSE first + 1 END AS hour
    FROM (SELECT min(hour) AS first, max(hour) AS last, count(*) AS read FROM asked) AS page
    WHERE read > ${pageRows}`;
}

const selectWindows = {
  // CROSS JOIN makes SQLite go from the hours' rows to their products, never the other way round.
  sqlite: `
    SELECT hour, CAST(sum(hourly_sales.total_cents) AS TEXT) AS cents
    FROM hourly_sales CROSS JOIN product_revenue USING (product_id)
    WHERE hour >= $1 AND hour < $2 AND category = $3
    GROUP BY hour ORDER BY hour LIMIT $4`,
  // An array: PostgreSQL might look through the products for each hour's row.
  postgres: `
    SELECT hour, CAST(sum(total_cents) AS TEXT) AS cents
    FROM hourly_sales_by_source
    WHERE hour >= $1 AND hour < $2
      AND product_id = ANY (ARRAY(SELECT product_id FROM product_revenue_by_source WHERE category = $3))
    GROUP BY hour ORDER BY hour LIMIT $4`,
};

const present = ({ hour, cents }: Window): string =>
  `{${presentWindow(hour)},"totalRevenue":${presentTotal(cents)}}`;

/** The hour before the page: opaque to the client. */
function readCursor(text: string | string[] | undefined): number {
  if (text === undefined) return Number.MIN_SAFE_INTEGER;
  if (typeof text !== 'string' || !/^-?\d{1,10}$/.test(text)) throw noCursor();
  return Number(text);
}
