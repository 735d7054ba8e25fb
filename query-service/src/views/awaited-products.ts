/** `View.awaitedProducts` of the views that show a sale by its product's category or name. */
export const awaitedProducts = {
  sqlite: 'SELECT product_id FROM product_revenue WHERE category IS NULL LIMIT 5',
  // Both by their index: of a view's rows PostgreSQL would sum up all to look at their categories.
  postgres: `
    SELECT DISTINCT product_id FROM product_revenue_by_source AS sold
    WHERE NOT EXISTS (SELECT FROM product_state_by_source AS known WHERE known.product_id = sold.product_id)
    ORDER BY product_id LIMIT 5`,
  citus: `
    SELECT product_id FROM product_revenue_by_source
    GROUP BY product_id HAVING max(category) IS NULL ORDER BY product_id LIMIT 5`,
};
