import { table } from '../../store/table';
import type { View } from '../view';

/** A product has a row once its event or an order of it has come. */
export const products = table({
  name: 'product-sales',
  key: { product_id: 'product' },
  adds: { total_cents: 'cents sold' },
  sets: {},
});

/** The sales of each product. */
export const productSales: View = {
  name: 'product-sales',
  readableSince: 3,
  tables: [products],
  rows: ({ sales, products: told }) => [
    [...sales.map(({ productId, cents }) => [productId, cents]), ...told.map(({ id }) => [id, 0])],
  ],
};
