import { isCounted, type OrderChange } from '../../apply/changes';
import { exactTotal, sumBy } from '../totals';
import type { View } from '../view';
import { customerTotalsOperations } from './operations';
import { customerTotalsRoutes } from './routes';

/**
 * What each customer ordered, and for how much in cents: both without cancelled orders. A row means that
 * the customer is known, by any order.
 */
export const customerTotals: View = {
  name: 'customer-totals',
  readableSince: 4,

  schema: `
    CREATE TABLE customer_totals (
      customer_id INTEGER PRIMARY KEY,
      orders      INTEGER NOT NULL,
      total_cents INTEGER NOT NULL ${exactTotal('total_cents')}
    ) STRICT;
  `,

  writes: ({ orders }) => {
    // An order seen for the first time makes its customer known, even when it adds nothing.
    const changes = orders.filter((order) => signOf(order) !== 0 || order.from === null);
    const counts = sumBy(changes, customerOf, signOf);
    const cents = sumBy(changes, customerOf, (order) => signOf(order) * order.cents);
    const rows = [...counts].map(([customer, count]) => [
      customer,
      count,
      cents.get(customer) ?? 0,
    ]);
    return [{ sql: addToTotals, rows, totalOf: (index) => `customer ${rows[index]?.[0]}` }];
  },

  routes: customerTotalsRoutes,
  operations: customerTotalsOperations,
};

const customerOf = ({ customerId }: OrderChange): number => customerId;
const signOf = ({ from, to }: OrderChange): number =>
  Number(isCounted(to)) - Number(isCounted(from));

const addToTotals = `
  INSERT INTO customer_totals (customer_id, orders, total_cents)
  SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each(?) WHERE true
  ON CONFLICT (customer_id) DO UPDATE SET
    orders = orders + excluded.orders,
    total_cents = total_cents + excluded.total_cents
`;
