import { type Oracle, plain } from './oracle';

/** What top-products keeps besides the hourly sales that it adds up: the names of the products that are known. */
export const productName: Oracle = {
  table: 'product-name',
  key: { product_id: plain },
  columns: { name: (name) => (name === null ? 'a row' : plain(name)) },
  told: { of: 'product', column: 'name' },
  sql: 'SELECT id, name FROM known_products WHERE is_known ORDER BY id',
};
