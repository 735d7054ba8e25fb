import { count, money, type Oracle, plain } from './oracle';

/** Windows in which something is sold. */
export const hourlySales: Oracle = {
  table: 'hourly-sales',
  key: {
    hour: (hour) => new Date(Number(hour) * 3_600_000).toISOString().replace('.000Z', 'Z'),
    product_id: plain,
  },
  columns: { units: count('units'), total_cents: money },
  sql: `
    SELECT hour, product_id, sum(quantity), sum(cents)
    FROM sales
    GROUP BY hour, product_id
    ORDER BY hour, product_id`,
};
