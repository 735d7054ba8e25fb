import type { Sale } from '../../apply/changes';
import { beyondExact, exactTotal } from '../totals';
import type { View } from '../view';
import { hourlySalesOperations } from './operations';
import { hourlySalesRoutes } from './routes';

/**
 * What each product sold in each UTC hour of the orders' `placedAt`. A row stands for units sold,
 * so that an order at price 0 has its window and a window whose orders were all cancelled has none.
 */
export const hourlySales: View = {
  name: 'hourly-sales',
  readableSince: 3,

  schema: `
    CREATE TABLE hourly_sales (
      hour        INTEGER NOT NULL,  -- whole hours since 1970, UTC
      product_id  INTEGER NOT NULL,
      units       INTEGER NOT NULL ${exactTotal('units')},
      total_cents INTEGER NOT NULL ${exactTotal('total_cents')},
      PRIMARY KEY (hour, product_id)
    ) STRICT, WITHOUT ROWID;
  `,

  writes: ({ sales }) => {
    const rows = windowsOf(sales);
    return [
      { sql: addToWindows, rows, totalOf: (index) => nameOf(rows[index]) },
      { sql: dropEmptyWindows, rows: rows.filter(([, , units]) => units <= 0) },
    ];
  },

  routes: hourlySalesRoutes,
  operations: hourlySalesOperations,
};

/** Hour, product, units, cents. */
type Row = [hour: number, productId: number, units: number, cents: number];

/** Sums by hour and product. By a map in a map: a text as the key of each order line costs more than the rest. */
function windowsOf(sales: readonly Sale[]): Row[] {
  const hours = new Map<number, Map<number, Row>>();
  const rows: Row[] = [];
  for (const { hour, productId, units, cents } of sales) {
    let products = hours.get(hour);
    if (products === undefined) hours.set(hour, (products = new Map<number, Row>()));
    let row = products.get(productId);
    if (row === undefined) {
      row = [hour, productId, 0, 0];
      products.set(productId, row);
      rows.push(row);
    }
    row[2] += units;
    row[3] += cents;
    if (!Number.isSafeInteger(row[2]) || !Number.isSafeInteger(row[3])) {
      throw beyondExact(nameOf(row));
    }
  }
  return rows;
}

const nameOf = ([hour, productId]: Readonly<Row> | readonly [] = []): string =>
  `product ${productId} in the hour of ${new Date((hour ?? 0) * 3_600_000).toISOString()}`;

const addToWindows = `
  INSERT INTO hourly_sales (hour, product_id, units, total_cents)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM jsonb_each(?) WHERE true
  ON CONFLICT (hour, product_id) DO UPDATE SET
    units = units + excluded.units,
    total_cents = total_cents + excluded.total_cents
`;

const dropEmptyWindows = `
  DELETE FROM hourly_sales
  WHERE units = 0
    AND (hour, product_id) IN (SELECT value ->> 0, value ->> 1 FROM jsonb_each(?))
`;
