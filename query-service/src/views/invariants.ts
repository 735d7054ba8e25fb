import { statusName } from '../store/order-status';

/** A prime: no power of ten that an amount may be off by is a multiple of it. */
const divisor = 2_147_483_647;

/**
 * What must hold in every file, whatever was applied: the views keep the same sums in different cuts, and
 * two of them cannot be wrong in the same way by accident. A row of these is a text that says what does not.
 *
 * An order's items are not kept here, so whether the sums are right is for `npm run reconcile` to say.
 */
export const invariants: readonly string[] = [
  `SELECT 'product ' || product_id || ': ' || coalesce(sales.total_cents, 'no row') ||
     ' cents in product-sales, ' || coalesce(revenue.total_cents, 'no row') || ' in category-revenue'
   FROM product_sales AS sales FULL JOIN product_revenue AS revenue USING (product_id)
   WHERE sales.total_cents IS NOT revenue.total_cents`,

  `SELECT 'product ' || product_id || ': ' || coalesce(sales.total_cents, 'no row') ||
     ' cents in product-sales, ' || coalesce(hours.cents, 0) || ' in all hours together'
   FROM product_sales AS sales FULL JOIN (
     SELECT product_id, sum(total_cents) AS cents FROM hourly_sales GROUP BY product_id
   ) AS hours USING (product_id)
   WHERE sales.total_cents IS NOT coalesce(hours.cents, 0)`,

  `SELECT 'category ' || category || ': ' || coalesce(kept.products, 0) || ' products and ' ||
     coalesce(kept.total_cents, 0) || ' cents, its products are ' || coalesce(summed.products, 0) ||
     ' with ' || coalesce(summed.cents, 0)
   FROM category_revenue AS kept FULL JOIN (
     SELECT category, count(*) AS products, sum(total_cents) AS cents
     FROM product_revenue WHERE category IS NOT NULL GROUP BY category
   ) AS summed USING (category)
   WHERE kept.products IS NOT summed.products OR kept.total_cents IS NOT summed.cents`,

  `SELECT 'product ' || product_id || ': version ' || coalesce(state.version, 'unknown') ||
     ' is applied, its category is ' || coalesce(revenue.category, 'unknown')
   FROM product_state AS state FULL JOIN product_revenue AS revenue USING (product_id)
   WHERE (state.version IS NULL) <> (revenue.category IS NULL)`,

  `SELECT 'product ' || product_id || ': version ' || coalesce(state.version, 'unknown') ||
     ' is applied, its name is ' || coalesce(named.name, 'unknown')
   FROM product_state AS state FULL JOIN product_name AS named USING (product_id)
   WHERE (state.version IS NULL) <> (named.name IS NULL)`,

  `SELECT 'status ' || status || ': ' || coalesce(kept.orders, 0) || ' orders, ' ||
     coalesce(counted.orders, 0) || ' orders are in it'
   FROM orders_by_status AS kept FULL JOIN (
     SELECT ${statusName} AS status, count(*) AS orders FROM order_state GROUP BY order_state.status
   ) AS counted USING (status)
   WHERE coalesce(kept.orders, 0) <> coalesce(counted.orders, 0)`,

  `SELECT 'customers: ' || customers.orders || ' orders together, ' || sold.orders ||
     ' orders are not cancelled'
   FROM (SELECT coalesce(sum(orders), 0) AS orders FROM customer_totals) AS customers,
     (SELECT count(*) AS orders FROM order_state WHERE ${statusName} <> 'CANCELLED') AS sold
   WHERE customers.orders <> sold.orders`,

  // All totals together may be beyond 64 bits; what is left of them after division never is.
  `SELECT 'customers: ' || customers.rest || ' cents together, products: ' || products.rest ||
     ', of each what is left after division by ${divisor}'
   FROM (SELECT coalesce(sum(total_cents % ${divisor}), 0) % ${divisor} AS rest
         FROM customer_totals) AS customers,
     (SELECT coalesce(sum(total_cents % ${divisor}), 0) % ${divisor} AS rest
      FROM product_sales) AS products
   WHERE customers.rest <> products.rest`,

  `SELECT 'product ' || product_id || ': ' || units || ' units in hour ' || hour
   FROM hourly_sales WHERE units <= 0`,
];
