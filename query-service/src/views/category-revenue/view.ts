import { awaitedProducts } from '../awaited-products';
import { table } from '../../store/table';
import type { View } from '../view';
import { categoriesInPostgres } from './postgres';
import { invariants, movesInSqlite } from './sqlite';

/** The category of a product that was sold and whose event has not come is null. */
const products = table({
  name: 'product-revenue',
  key: { product_id: 'product' },
  adds: { total_cents: 'cents sold' },
  sets: { category: 'text or null' },
});

/**
 * A category exists as long as a product is in it, so a product that moves twice within a batch leaves no empty one.
 */
export const categories = table({
  name: 'category-revenue',
  key: { category: 'text' },
  adds: { products: 'count', total_cents: 'cents' },
  sets: {},
});

/**
 * The revenue of each category. It is stored by product as well, because an order may come before its product: when the
 * product's event comes, its revenue moves into its category.
 */
export const categoryRevenue: View = {
  name: 'category-revenue',
  readableSince: 3,
  tables: [products, categories],
  rows: ({ sales, products: told }) => [
    [
      ...sales.map(({ productId, cents }) => [productId, cents]),
      ...told.map(({ id, category }) => [id, 0, category]),
    ],
    [],
  ],
  sqlite: movesInSqlite,
  postgres: categoriesInPostgres,
  invariants,
  awaitedProducts,
};
