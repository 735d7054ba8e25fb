import { exactTotal, sumBy } from '../totals';
import type { View } from '../view';
import { productSalesOperations } from './operations';
import { productSalesRoutes } from './routes';

/** What each product sold, in cents. A row means that the product is known, by its event or an order. */
export const productSales: View = {
  name: 'product-sales',
  readableSince: 3,

  schema: `
    CREATE TABLE product_sales (
      product_id  INTEGER PRIMARY KEY,
      total_cents INTEGER NOT NULL ${exactTotal('total_cents')}
    ) STRICT;
  `,

  writes: ({ sales, products }) => {
    const totals = sumBy(
      sales,
      (sale) => sale.productId,
      (sale) => sale.cents,
    );
    for (const { productId } of products) {
      if (!totals.has(productId)) totals.set(productId, 0);
    }
    const rows = [...totals];
    return [{ sql: addToTotals, rows, totalOf: (index) => `product ${rows[index]?.[0]}` }];
  },

  routes: productSalesRoutes,
  operations: productSalesOperations,
};

const addToTotals = `
  INSERT INTO product_sales (product_id, total_cents)
  SELECT value ->> 0, value ->> 1 FROM jsonb_each(?) WHERE true
  ON CONFLICT (product_id) DO UPDATE SET total_cents = total_cents + excluded.total_cents
`;
