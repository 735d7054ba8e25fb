/** `View.awaitedProducts` of the views that show a sale by its product's category or name. */
export const awaitedProducts =
  'SELECT product_id FROM product_revenue WHERE category IS NULL LIMIT 5';
