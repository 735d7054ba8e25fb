import type { InPostgres } from '../../store/table';

/** A stored row of a category would have as many writers as there are partitions: it is summed up when it is read. */
export const categoriesInPostgres: InPostgres = {
  derived: {
    'category-revenue': `
      SELECT category, count(*) AS products, CAST(sum(total_cents) AS bigint) AS total_cents
      FROM product_revenue WHERE category IS NOT NULL GROUP BY category`,
  },
};
