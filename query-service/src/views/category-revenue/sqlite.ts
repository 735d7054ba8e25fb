import type { InSqlite } from '../../store/table';

/** Moves a product's revenue from the category that it leaves to the one that it enters. */
export const movesInSqlite: InSqlite = {
  schema: 'CREATE INDEX category_revenue_left ON category_revenue (category) WHERE products = 0;',

  writes: ({ products }, upserts) => {
    const ids = products.map(({ id }) => id);
    const moved = new Set(ids);
    const sold = (upserts[0]?.rows as [number][]).filter(([productId]) => !moved.has(productId));
    return [
      { sql: takeOutOfOldCategory, rows: ids },
      ...upserts,
      { sql: putIntoNewCategory, rows: ids },
      { sql: dropLeftCategories, rows: ids },
      { sql: addToCategories, rows: sold },
    ];
  },
};

const takeOutOfOldCategory = `
  UPDATE category_revenue SET
    products = category_revenue.products - moved.products,
    total_cents = category_revenue.total_cents - moved.cents
  FROM (
    SELECT category, count(*) AS products, sum(total_cents) AS cents
    FROM product_revenue WHERE product_id IN (SELECT value FROM jsonb_each(?))
    GROUP BY category
  ) AS moved
  WHERE category_revenue.category = moved.category
`;

const putIntoNewCategory = `
  INSERT INTO category_revenue (category, products, total_cents)
  SELECT category, count(*), sum(total_cents)
  FROM product_revenue WHERE product_id IN (SELECT value FROM jsonb_each(?))
  GROUP BY category
  ON CONFLICT (category) DO UPDATE SET
    products = products + excluded.products,
    total_cents = total_cents + excluded.total_cents
`;

const dropLeftCategories = 'DELETE FROM category_revenue WHERE products = 0';

const addToCategories = `
  UPDATE category_revenue SET total_cents = category_revenue.total_cents + sold.cents
  FROM (
    SELECT category, sum(value ->> 1) AS cents
    FROM jsonb_each(?) JOIN product_revenue ON product_id = value ->> 0
    GROUP BY category
  ) AS sold
  WHERE category_revenue.category = sold.category
`;

/** The invariants between the two tables, and of the products whose events have come. */
export const invariants: readonly string[] = [
  `SELECT 'product ' || product_id || ': a row in only one of product-sales and product-revenue'
   FROM product_sales AS sales FULL JOIN product_revenue AS revenue USING (product_id)
   WHERE (sales.total_cents IS NULL) <> (revenue.total_cents IS NULL)`,

  `SELECT 'category ' || category || ': ' || coalesce(kept.products, 0) || ' products and ' ||
     coalesce(kept.total_cents, 0) || ' cents, its products are ' || coalesce(summed.products, 0) ||
     ' with ' || coalesce(summed.cents, 0)
   FROM category_revenue AS kept FULL JOIN (
     SELECT category, count(*) AS products, sum(total_cents) AS cents
     FROM product_revenue WHERE category IS NOT NULL GROUP BY category
   ) AS summed USING (category)
   WHERE kept.products IS DISTINCT FROM summed.products OR kept.total_cents IS DISTINCT FROM summed.cents`,

  `SELECT 'product ' || product_id || ': version ' || coalesce(CAST(state.version AS TEXT), 'unknown') ||
     ' is applied, its category is ' || coalesce(revenue.category, 'unknown')
   FROM product_state AS state FULL JOIN product_revenue AS revenue USING (product_id)
   WHERE (state.version IS NULL) <> (revenue.category IS NULL)`,
];
