import { batched } from '../lookup';
import type { Reader } from '../../store/sql';
import type { CentsText } from '../../store/table';
import type { Hours } from '../windows';

export interface Window {
  /** Whole hours since 1970, UTC. */
  readonly hour: number;
  readonly productId: number;
  readonly cents: CentsText;
}

/** Windows with `start` ≤ hour < `end`, behind (`afterHour`, `afterProduct`), in that order. */
interface Asked extends Hours {
  /** Null for all products. */
  readonly productId: number | null;
  readonly afterHour: number;
  readonly afterProduct: number;
}

/** A week. Windows of one product for up to so many hours are read together with those of other requests. */
const shortPeriod = 168;

/** The most periods per statement: it blocks its connection for some 5 ms with a week each. */
const mostPeriods = 50;

/**
 * Reads windows.
 *
 * @returns a function that takes a period and the most windows, and reads the first ones
 */
export function windowReader(reader: Reader): (asked: Asked, most: number) => Promise<Window[]> {
  const windowsOf = batched<OfProduct, OfProductAsked>(reader, selectOfProduct, mostPeriods);
  return async ({ start, end, productId, afterHour, afterProduct }, most) => {
    if (productId === null) {
      // Without a page before: behind the last window that is not asked for. PostgreSQL would begin at the one that is named.
      const behind =
        afterHour < start ? [start - 1, Number.MAX_SAFE_INTEGER] : [afterHour, afterProduct];
      return reader.all<Window>(select, start, end, ...behind, most);
    }
    const from = Math.max(start, afterProduct >= productId ? afterHour + 1 : afterHour);
    const key: OfProductAsked = [from, end, productId, most];
    const found =
      end - from <= shortPeriod
        ? await windowsOf(key)
        : (await reader.all<OfProduct>(selectOfProduct, JSON.stringify([key])))[0];
    const windows = JSON.parse(found?.windows ?? '[]') as [number, CentsText][];
    return windows.slice(0, most).map(([hour, cents]) => ({ hour, productId, cents }));
  };
}

type OfProductAsked = readonly [from: number, end: number, productId: number, most: number];

interface OfProduct {
  /** JSON: `[[hour, cents], …]`. Reading one text from SQLite costs less than reading a row for each window. */
  readonly windows: string;
}

// $1 is the start, $2 the end, $3 and $4 the hour and product after which the page begins, $5 its length. The CAST
// keeps SQLite from planning the statement anew each time, as it does for a bare parameter as LIMIT: planning costs
// more than running it.
const select = {
  sqlite: `
    SELECT hour, product_id AS "productId", CAST(total_cents AS TEXT) AS cents
    FROM hourly_sales
    WHERE hour >= $1 AND hour < $2
      AND (hour, product_id) > ($3, $4)
    ORDER BY hour, product_id
    LIMIT CAST($5 AS INTEGER)`,
  postgres: `
    SELECT hour, product_id AS "productId", CAST(sum(total_cents) AS TEXT) AS cents
    FROM hourly_sales_by_source
    WHERE hour >= $1 AND hour < $2
      AND (hour, product_id) > ($3, $4)
    GROUP BY hour, product_id
    ORDER BY hour, product_id
    LIMIT $5`,
};

// The key begins with the hour, so scanning a period would read all products. Instead, this jumps from an hour to the
// next one with any sales, once for all requests of the same period, and looks up each product there. Hours come in
// order, because each is derived from the one before. The LIMIT is common to all: requests for fewer windows cut the
// result.
const selectOfProductInSqlite = `
  WITH RECURSIVE
    asked AS MATERIALIZED (
      SELECT key, value ->> 0 AS "from", value ->> 1 AS "end", value ->> 2 AS product_id,
        value ->> 3 AS most
      FROM jsonb_each($1)
    ),
    sold ("from", "end", hour) AS (
      SELECT "from", "end", (SELECT min(hour) FROM hourly_sales WHERE hour >= "from")
      FROM (SELECT DISTINCT "from", "end" FROM asked)
      UNION ALL
      SELECT "from", "end", (SELECT min(hour) FROM hourly_sales WHERE hour > sold.hour)
      FROM sold WHERE hour < "end"
    )
  SELECT asked.key, (
    SELECT json_group_array(json_array(hour, CAST(total_cents AS TEXT)))
    FROM (
      SELECT sold.hour, total_cents
      FROM sold CROSS JOIN hourly_sales
        ON hourly_sales.hour = sold.hour AND hourly_sales.product_id = asked.product_id
      WHERE sold."from" = asked."from" AND sold."end" = asked."end" AND sold.hour < sold."end"
      LIMIT (SELECT max(most) FROM asked)
    )
  ) AS windows
  FROM asked
`;

const selectOfProduct = {
  sqlite: selectOfProductInSqlite,
  // Each hour is looked up by itself, as in SQLite: for a range, PostgreSQL would read all products.
  postgres: `
    SELECT asked.place - 1 AS key, (
      SELECT coalesce(json_agg(json_build_array(hour, CAST(total_cents AS TEXT)) ORDER BY hour), '[]')::text
      FROM (
        SELECT hour, total_cents FROM hourly_sales
        WHERE product_id = (value ->> 2)::bigint AND hour = ANY (ARRAY(
          SELECT generate_series(
            greatest((value ->> 0)::bigint, (SELECT min(hour) FROM hourly_sales_by_source)),
            least((value ->> 1)::bigint - 1, (SELECT max(hour) FROM hourly_sales_by_source)))))
        ORDER BY hour LIMIT (value ->> 3)::bigint
      ) AS windows
    ) AS windows
    FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS asked (value, place)
  `,
  // Citus knows no subquery for each row: the same as a join.
  citus: `
    SELECT key, json_agg(json_build_array(hour, CAST(total_cents AS TEXT)) ORDER BY hour)::text AS windows
    FROM (
      SELECT asked.place - 1 AS key, asked.value, sold.hour, sum(total_cents) AS total_cents,
        row_number() OVER (PARTITION BY asked.place ORDER BY sold.hour) AS nth
      FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS asked (value, place)
      CROSS JOIN (SELECT min(hour) AS first, max(hour) AS last FROM hourly_sales_by_source) AS kept
      CROSS JOIN LATERAL generate_series(
        greatest((asked.value ->> 0)::bigint, first),
        least((asked.value ->> 1)::bigint - 1, last)) AS looked_up (hour)
      JOIN hourly_sales_by_source AS sold
        ON sold.hour = looked_up.hour AND sold.product_id = (asked.value ->> 2)::bigint
      GROUP BY asked.place, asked.value, sold.hour
    ) AS windows
    WHERE nth <= (value ->> 3)::bigint GROUP BY key
  `,
};
