import { table } from '../../store/table';
import type { View } from '../view';

/**
 * A row exists while units are sold, so that an order at price 0 has its window, and a window whose orders were all
 * cancelled has none.
 */
export const windows = table({
  name: 'hourly-sales',
  /** Whole hours since 1970, UTC. */
  key: { hour: 'integer', product_id: 'product' },
  adds: { units: 'units sold', total_cents: 'cents sold' },
  sets: {},
  goneAt0: 'units',
});

/** The sales of each product in each UTC hour of the orders' `placedAt`. */
export const hourlySales: View = {
  name: 'hourly-sales',
  readableSince: 3,
  tables: [windows],
  rows: ({ sales }) => [
    sales.map(({ hour, productId, units, cents }) => [hour, productId, units, cents]),
  ],
};
