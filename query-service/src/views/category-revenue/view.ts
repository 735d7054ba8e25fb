import { awaitedProducts } from '../awaited-products';
import { exactTotal, sumBy } from '../totals';
import type { View } from '../view';
import { categoryRevenueOperations } from './operations';
import { categoryRevenueRoutes } from './routes';

/**
 * What each category sold, in cents. The revenue is kept by product as well, because an order may
 * come before its product: when the product arrives, what it sold moves into its category.
 * A category exists as long as a product is in it: what a batch skips over leaves no empty one.
 */
export const categoryRevenue: View = {
  name: 'category-revenue',
  readableSince: 3,

  schema: `
    CREATE TABLE category_revenue (
      category    TEXT PRIMARY KEY,
      products    INTEGER NOT NULL,
      total_cents INTEGER NOT NULL ${exactTotal('total_cents')}
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX category_revenue_left ON category_revenue (category) WHERE products = 0;

    CREATE TABLE product_revenue (
      product_id  INTEGER PRIMARY KEY,
      category    TEXT,  -- NULL: sold, but its event has not come
      total_cents INTEGER NOT NULL ${exactTotal('total_cents')}
    ) STRICT;
  `,

  writes: ({ sales, products }) => {
    const categories = products.map(({ productId, category }) => [productId, category]);
    const totals = [
      ...sumBy(
        sales,
        (sale) => sale.productId,
        (sale) => sale.cents,
      ),
    ];
    const categoryOf = (index: number) => `the category of product ${totals[index]?.[0]}`;
    return [
      { sql: takeOutOfOldCategory, rows: categories },
      { sql: setCategory, rows: categories },
      {
        sql: putIntoNewCategory,
        rows: categories,
        totalOf: (index) => `category ${categories[index]?.[1]}`,
      },
      { sql: dropLeftCategories, rows: categories },
      { sql: addToProducts, rows: totals },
      { sql: addToCategories, rows: totals, totalOf: categoryOf },
    ];
  },

  awaitedProducts,
  routes: categoryRevenueRoutes,
  operations: categoryRevenueOperations,
};

const takeOutOfOldCategory = `
  UPDATE category_revenue SET
    products = category_revenue.products - moved.products,
    total_cents = category_revenue.total_cents - moved.cents
  FROM (
    SELECT category, count(*) AS products, sum(total_cents) AS cents
    FROM product_revenue WHERE product_id IN (SELECT value ->> 0 FROM jsonb_each(?))
    GROUP BY category
  ) AS moved
  WHERE category_revenue.category = moved.category
`;

const setCategory = `
  INSERT INTO product_revenue (product_id, category, total_cents)
  SELECT value ->> 0, value ->> 1, 0 FROM jsonb_each(?) WHERE true
  ON CONFLICT (product_id) DO UPDATE SET category = excluded.category
`;

const putIntoNewCategory = `
  INSERT INTO category_revenue (category, products, total_cents)
  SELECT category, count(*), sum(total_cents)
  FROM product_revenue WHERE product_id IN (SELECT value ->> 0 FROM jsonb_each(?))
  GROUP BY category
  ON CONFLICT (category) DO UPDATE SET
    products = products + excluded.products,
    total_cents = total_cents + excluded.total_cents
`;

const dropLeftCategories = 'DELETE FROM category_revenue WHERE products = 0';

const addToProducts = `
  INSERT INTO product_revenue (product_id, category, total_cents)
  SELECT value ->> 0, NULL, value ->> 1 FROM jsonb_each(?) WHERE true
  ON CONFLICT (product_id) DO UPDATE SET total_cents = total_cents + excluded.total_cents
`;

const addToCategories = `
  UPDATE category_revenue SET total_cents = category_revenue.total_cents + sold.cents
  FROM (
    SELECT category, sum(value ->> 1) AS cents
    FROM jsonb_each(?) JOIN product_revenue ON product_id = value ->> 0
    GROUP BY category
  ) AS sold
  WHERE category_revenue.category = sold.category
`;
