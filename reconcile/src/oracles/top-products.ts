import { type Oracle, plain } from './oracle';

/** Top-products adds up hourly sales; its own table has only the names of the known products. */
export const productName: Oracle = {
  table: 'product-name',
  key: { product_id: plain },
  columns: { name: (name) => (name === null ? 'a row' : plain(name)) },
  told: { of: 'product', column: 'name' },
  sql: 'SELECT id, name FROM known_products WHERE is_known ORDER BY id',
};
