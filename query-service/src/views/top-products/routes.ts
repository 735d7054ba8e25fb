import { objectOf } from 'service-kit/openapi/operation';
import { Problem } from 'service-kit/problem';
import { period, periodRefusal, schemas } from '../description';
import { readLimit } from 'service-kit/query-parameters';
import type { Route } from '../route';
import { presentTotal } from '../totals';
import type { Reader } from '../../store/sql';
import type { CentsText } from '../../store/table';
import { type Hours, readHours } from '../windows';

const defaultLimit = 10;
const maxLimit = 100;

/**
 * How many rows of hourly sales one request may add up: about half a second of reading, three weeks of 1,000 products
 * that sell in every hour, or years of 20.
 */
export const maxTopProductsRows = 500_000;

/** A product's sales in a period. Name and category are null until the product's event has come. */
interface TopProduct {
  readonly productId: number;
  readonly name: string | null;
  readonly category: string | null;
  readonly units: number;
  readonly cents: CentsText;
}

export function topProductsRoutes(reader: Reader): Route[] {
  return [
    {
      path: '/api/analytics/top-products',
      operationId: 'getTopProducts',
      summary: 'What sold most in a period',
      description:
        'By amount, then by product. The period is the hourly windows whose start lies in [start, end).',
      parameters: [
        ...period,
        {
          name: 'limit',
          in: 'query',
          description: 'Products at most.',
          schema: { type: 'integer', minimum: 1, maximum: maxLimit, default: defaultLimit },
        },
      ],
      answer: 'The products that sold most.',
      schema: {
        type: 'array',
        maxItems: maxLimit,
        items: {
          title: 'TopProduct',
          ...objectOf({
            productId: schemas.id,
            name: { type: ['string', 'null'], description: 'Null until its event has come.' },
            category: { type: ['string', 'null'], description: 'Null until its event has come.' },
            units: schemas.count,
            totalSales: schemas.total,
          }),
        },
      },
      refusals: {
        422: [
          `\`start\` is after \`end\`, or more than ${maxTopProductsRows} hourly sales lie between them.`,
          {
            ...periodRefusal[422][1],
            'too-many-sales': `more than ${maxTopProductsRows} hourly sales lie between start and end: ask for a shorter period`,
          },
        ],
      },
      respond: async (ctx) => {
        const hours = readHours(ctx.query);
        const limit = readLimit(ctx.query.limit, defaultLimit, maxLimit);
        const products = await readTopProducts(reader, hours, limit);
        return `[${products.map(present).join(',')}]`;
      },
    },
  ];
}

/**
 * Reads the products that sold most, by amount and then by id.
 *
 * @throws {Problem} 422 when more than `maxTopProductsRows` would have to be read
 */
export async function readTopProducts(
  reader: Reader,
  { start, end }: Hours,
  limit: number,
): Promise<TopProduct[]> {
  const beyond = await reader.all(probe, start, end);
  if (beyond.length > 0) {
    throw new Problem(
      422,
      `more than ${maxTopProductsRows} hourly sales lie between start and end: ask for a shorter period`,
      { code: 'too-many-sales' },
    );
  }
  return reader.all<TopProduct>(selectTop, start, end, limit);
}

// Walks over the index only: some ten milliseconds at the limit. A window may have a row of each partition: PostgreSQL looks at
// the windows only where there are more rows.
const probe = {
  sqlite: `
    SELECT 1 FROM hourly_sales WHERE hour >= $1 AND hour < $2
    ORDER BY hour, product_id LIMIT 1 OFFSET ${maxTopProductsRows}`,
  postgres: `
    SELECT 1 WHERE EXISTS (
      SELECT 1 FROM hourly_sales_by_source WHERE hour >= $1 AND hour < $2 OFFSET ${maxTopProductsRows}
    ) AND EXISTS (
      SELECT 1 FROM hourly_sales_by_source WHERE hour >= $1 AND hour < $2
      GROUP BY hour, product_id ORDER BY hour, product_id OFFSET ${maxTopProductsRows}
    )`,
};

const selectTop = {
  sqlite: `
    WITH top AS MATERIALIZED (
      SELECT product_id, sum(units) AS units, sum(total_cents) AS sold
      FROM hourly_sales WHERE hour >= $1 AND hour < $2
      GROUP BY product_id ORDER BY sold DESC, product_id LIMIT $3
    )
    SELECT product_id AS "productId", name, category, units, CAST(sold AS TEXT) AS cents
    FROM top LEFT JOIN product_name USING (product_id) LEFT JOIN product_revenue USING (product_id)
    ORDER BY sold DESC, product_id`,
  // Hours by themselves: of a range, PostgreSQL might read the whole table. Names only of those that are shown: a join with
  // a view would sum up all of its rows.
  postgres: `
    WITH top AS MATERIALIZED (
      SELECT product_id, sum(units) AS units, sum(total_cents) AS sold
      FROM hourly_sales_by_source WHERE hour = ANY (ARRAY(
        SELECT generate_series(
          greatest($1::bigint, (SELECT min(hour) FROM hourly_sales_by_source)),
          least($2::bigint - 1, (SELECT max(hour) FROM hourly_sales_by_source)))))
      GROUP BY product_id ORDER BY sold DESC, product_id LIMIT $3
    )
    SELECT product_id AS "productId", name, category, units, CAST(sold AS TEXT) AS cents
    FROM top
      LEFT JOIN (
        SELECT product_id, max(name) AS name FROM product_name_by_source
        WHERE product_id = ANY (ARRAY(SELECT product_id FROM top)) GROUP BY product_id
      ) AS named USING (product_id)
      LEFT JOIN (
        SELECT product_id, max(category) AS category FROM product_revenue_by_source
        WHERE product_id = ANY (ARRAY(SELECT product_id FROM top)) GROUP BY product_id
      ) AS grouped USING (product_id)
    ORDER BY sold DESC, product_id`,
};

const present = ({ productId, name, category, units, cents }: TopProduct): string =>
  `{"productId":${productId},"name":${JSON.stringify(name)},"category":${JSON.stringify(category)},` +
  `"units":${units},"totalSales":${presentTotal(cents)}}`;
