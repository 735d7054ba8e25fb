import type { QuerySnapshot } from './query-snapshot';
import type { State } from './states';
import type { Window } from './totals';

/** The orders of a snapshot, ascending. */
export async function* ordersOf(snapshot: QuerySnapshot): AsyncGenerator<State> {
  for await (const [id, version, counted] of snapshot.rows('order')) {
    yield { id, version, counted: counted === 1 };
  }
}

/** Its products, ascending. */
export async function* productsOf(snapshot: QuerySnapshot): AsyncGenerator<State> {
  for await (const [id, version] of snapshot.rows('product')) yield { id, version, counted: true };
}

/** Its hourly sales, ascending. */
export async function* windowsOf(snapshot: QuerySnapshot): AsyncGenerator<Window> {
  for await (const [hour, productId, units, cents] of snapshot.rows('hourly-sales')) {
    yield { hour, productId, units: BigInt(units), cents: BigInt(cents) };
  }
}
