import { awaitedProducts } from '../awaited-products';
import type { View } from '../view';
import { topProductsOperations } from './operations';
import { topProductsRoutes } from './routes';

/**
 * Which products sold most in a period. The sums are those of the hourly sales, so only the products' names
 * are kept here (docs/decisions/0048-which-questions-keep-tables.md).
 */
export const topProducts: View = {
  name: 'top-products',
  reads: ['hourly-sales', 'category-revenue'],
  readableSince: 4,

  schema: `
    CREATE TABLE product_name (
      product_id INTEGER PRIMARY KEY,
      name       TEXT NOT NULL
    ) STRICT;
  `,

  writes: ({ products }) => [
    { sql: setName, rows: products.map(({ productId, name }) => [productId, name]) },
  ],

  awaitedProducts,
  routes: topProductsRoutes,
  operations: topProductsOperations,
};

const setName = `
  INSERT INTO product_name (product_id, name)
  SELECT value ->> 0, value ->> 1 FROM jsonb_each(?) WHERE true
  ON CONFLICT (product_id) DO UPDATE SET name = excluded.name
`;
