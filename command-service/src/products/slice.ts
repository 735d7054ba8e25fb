import type { Slice } from '../slice';
import { productOperations } from './operations';
import { productCreated } from './product';
import { productRoutes } from './routes';
import { findProduct, raiseProductVersion } from './table';

export const productSlice: Slice = {
  name: 'products',
  routes: productRoutes,
  operations: productOperations,
  // Only `reemit --as-is` changes a product: it raises the version of one that SQL has corrected.
  rights: {
    products: {
      table: ['SELECT'],
      inserts: ['name', 'category', 'price_cents'],
      changes: ['version', 'updated_at'],
    },
  },
  // No lock is needed: the service never changes a product, and its role may not lock one.
  lockNewestEvent: async (sql, id) => {
    const product = await findProduct(sql, id);
    return product && productCreated(product);
  },
  eventsAsIs: async (sql, id) => {
    const product = await raiseProductVersion(sql, id);
    return product === undefined ? [] : [productCreated(product)];
  },
};
