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

/** The number and the total of each customer's orders, without cancelled ones. */
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
