import type { InPostgres } from '../../store/table';

/**
 * A stored row of a category would have as many writers as there are partitions: it is summed up when it is read. Only the row
 * of the product's own events tells its category; the others tell what the product sold.
 */
export const categoriesInPostgres: InPostgres = {
  schema: `
    CREATE INDEX product_revenue_category ON product_revenue_by_source (category) WHERE category IS NOT NULL;`,
  derived: {
    'category-revenue': `
      SELECT told.category, count(*) FILTER (WHERE sold.source = told.source) AS products,
        CAST(sum(sold.total_cents) AS bigint) AS total_cents
      FROM product_revenue_by_source AS told JOIN product_revenue_by_source AS sold USING (product_id)
      WHERE told.category IS NOT NULL GROUP BY told.category`,
  },
  derivedInCitus: {
    'category-revenue': `
      SELECT category, count(*) AS products, CAST(sum(total_cents) AS bigint) AS total_cents
      FROM product_revenue WHERE category IS NOT NULL GROUP BY category`,
  },
};
