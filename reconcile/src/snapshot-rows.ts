import type { QuerySnapshot } from './query-snapshot';
import type { State } from './states';
import type { CustomerRow, Window } from './totals';

/** The orders of a snapshot, ascending. */
export async function* ordersOf(snapshot: QuerySnapshot): AsyncGenerator<State> {
  for await (const [id, version, status] of snapshot.rows('order')) {
    yield { id, version, status };
  }
}

/** Its products, ascending. */
export async function* productsOf(snapshot: QuerySnapshot): AsyncGenerator<State> {
  for await (const [id, version] of snapshot.rows('product')) yield { id, version, status: null };
}

/** Its hourly sales, ascending. */
export async function* windowsOf(snapshot: QuerySnapshot): AsyncGenerator<Window> {
  for await (const [hour, productId, units, cents] of snapshot.rows('hourly-sales')) {
    yield { hour, productId, units: BigInt(units), cents: BigInt(cents) };
  }
}

/** Its customers' totals, ascending. */
export async function* customersOf(snapshot: QuerySnapshot): AsyncGenerator<CustomerRow> {
  for await (const [customerId, orders, cents] of snapshot.rows('customer-totals')) {
    yield { customerId, orders, cents: BigInt(cents) };
  }
}
