import { signOf } from '../../model/changes';
import { table } from '../../store/table';
import type { View } from '../view';

/** A customer who has a row has ordered at least once, even if everything was cancelled. */
export const customers = table({
  name: 'customer-totals',
  key: { customer_id: 'customer' },
  adds: { orders: 'orders sold', total_cents: 'cents sold' },
  sets: {},
});

/** What each customer ordered, and for how much: both without cancelled orders. */
export const customerTotals: View = {
  name: 'customer-totals',
  readableSince: 4,
  tables: [customers],
  rows: ({ orders }) => [
    orders
      .filter((order) => signOf(order) !== 0 || order.from === null)
      .map((order) => [order.customerId, signOf(order), signOf(order) * order.cents]),
  ],
};
