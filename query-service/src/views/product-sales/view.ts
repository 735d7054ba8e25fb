import { table } from '../../store/table';
import type { View } from '../view';

/** Who has a row is known, by its event or an order. */
export const products = table({
  name: 'product-sales',
  key: { product_id: 'product' },
  adds: { total_cents: 'cents sold' },
  sets: {},
});

/** What each product sold. */
export const productSales: View = {
  name: 'product-sales',
  readableSince: 3,
  tables: [products],
  rows: ({ sales, products: told }) => [
    [...sales.map(({ productId, cents }) => [productId, cents]), ...told.map(({ id }) => [id, 0])],
  ],
};
