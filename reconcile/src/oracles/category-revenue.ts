import { count, money, type Oracle, plain } from './oracle';

const revenues = `
  known_products
  LEFT JOIN (
    SELECT product_id AS id, sum(cents) AS cents FROM sales GROUP BY product_id
  ) AS sold USING (id)`;

/** The category is NULL as long as the query service does not know the product. */
export const productRevenue: Oracle = {
  table: 'product-revenue',
  key: { product_id: plain },
  columns: {
    total_cents: money,
    category: (category) => (category === null ? 'no category' : `in ${String(category)}`),
  },
  told: { of: 'product', column: 'category' },
  sql: `
    SELECT id, coalesce(cents, 0), category, NOT is_known AND coalesce(cents, 0) = 0 AS may_lack
    FROM ${revenues}
    ORDER BY id`,
};

/** A category exists as long as a product is in it. */
export const categoryRevenue: Oracle = {
  table: 'category-revenue',
  key: { category: plain },
  columns: { products: count('products'), total_cents: money },
  sql: `
    SELECT category, count(*), coalesce(sum(cents), 0)
    FROM ${revenues}
    WHERE category IS NOT NULL
    GROUP BY category
    ORDER BY category COLLATE "C"`,
};
