import { awaitedProducts } from '../awaited-products';
import { table } from '../../store/table';
import type { View } from '../view';

const names = table({
  name: 'product-name',
  key: { product_id: 'product' },
  adds: {},
  sets: { name: 'text' },
});

/**
 * The products that sold most in a period. Its sums come from the hourly sales, so its own table has only the products'
 * names (docs/decisions/0086-a-view-is-one-declaration.md).
 */
export const topProducts: View = {
  name: 'top-products',
  reads: ['hourly-sales', 'category-revenue'],
  readableSince: 4,
  tables: [names],
  rows: ({ products }) => [products.map(({ id, name }) => [id, name])],
  invariants: [
    `SELECT 'product ' || product_id || ': version ' || coalesce(CAST(state.version AS TEXT), 'unknown') ||
       ' is applied, its name is ' || coalesce(named.name, 'unknown')
     FROM product_state AS state FULL JOIN product_name AS named USING (product_id)
     WHERE (state.version IS NULL) <> (named.name IS NULL)`,
  ],
  awaitedProducts,
};
