import type { Sale } from '../../apply/changes';
import { exactTotal, sumBy } from '../totals';
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
    const units = sumBy(sales, windowOf, (sale) => sale.units);
    const cents = sumBy(sales, windowOf, (sale) => sale.cents);
    const rows = [...cents].map(([window, total]) => [
      ...window.split(':').map(Number),
      units.get(window) ?? 0,
      total,
    ]);
    return [
      { sql: addToWindows, rows, totalOf: (index) => nameOf(rows[index]) },
      { sql: dropEmptyWindows, rows: rows.filter(([, , sold]) => (sold ?? 0) <= 0) },
    ];
  },

  routes: hourlySalesRoutes,
  operations: hourlySalesOperations,
};

const windowOf = (sale: Sale): string => `${sale.hour}:${sale.productId}`;

function nameOf([hour = 0, productId]: readonly number[] = []): string {
  return `product ${productId} in the hour of ${new Date(hour * 3_600_000).toISOString()}`;
}

const addToWindows = `
  INSERT INTO hourly_sales (hour, product_id, units, total_cents)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?) WHERE true
  ON CONFLICT (hour, product_id) DO UPDATE SET
    units = units + excluded.units,
    total_cents = total_cents + excluded.total_cents
`;

const dropEmptyWindows = `
  DELETE FROM hourly_sales
  WHERE units = 0
    AND (hour, product_id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))
`;
