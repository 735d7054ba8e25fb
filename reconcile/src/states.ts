import type { OrderStatus } from 'contracts/events';
import type { Finding } from './finding';

export type Kind = 'order' | 'product';

/** An aggregate at one version, as either side holds it. */
export interface State {
  readonly id: number;
  readonly version: number;
  /** Null: it is a product. */
  readonly status: OrderStatus | null;
}

/** Whether an order at this version is a sale. None is none. */
export const isCounted = (order: State | undefined): boolean =>
  order !== undefined && order.status !== 'CANCELLED';

/** How the query service's state of one aggregate stands to PostgreSQL's. */
export type Standing = 'equal' | 'behind' | 'ahead' | 'unknown' | 'miscounted';

/**
 * PostgreSQL was read after the query service, so it has everything that the query service can have.
 * Pure.
 */
export function standing(truth: State | undefined, known: State | undefined): Standing {
  if (truth === undefined) return 'unknown';
  if (known === undefined || known.version < truth.version) return 'behind';
  if (known.version > truth.version) return 'ahead';
  return known.status === truth.status ? 'equal' : 'miscounted';
}

/**
 * How often an order's items count more in the views than in PostgreSQL's own sums (1, 0 or -1) when
 * the query service does what is right at the version that it has. At equal versions PostgreSQL says
 * what is right.
 */
export function correction(truth: State, known: State | undefined): -1 | 0 | 1 {
  if (known?.version === truth.version) return 0;
  return (Number(isCounted(known)) - Number(isCounted(truth))) as -1 | 0 | 1;
}

/**
 * In which status the query service must have an order, at the version that it has; null: it does not know
 * the order. At equal versions PostgreSQL says what is right.
 */
export function statusKnown(truth: State, known: State | undefined): OrderStatus | null {
  return known?.version === truth.version ? truth.status : (known?.status ?? null);
}

/** What to report of an aggregate that does not stand as it should. */
export function stateFinding(
  kind: Kind,
  truth: State | undefined,
  known: State | undefined,
  because: string | null = null,
): Finding {
  const stands = standing(truth, known);
  if (stands === 'equal') throw new Error('nothing to report of what is equal');
  const id = truth?.id ?? known?.id;
  const inStatus = stands === 'miscounted';
  return {
    key: `${kind}:${id}`,
    problem: stands === 'behind' ? 'missing' : stands,
    expected: describe(truth, inStatus),
    found: describe(known, inStatus),
    difference: null,
    because,
  };
}

function describe(state: State | undefined, inStatus: boolean): string {
  if (state === undefined) return 'none';
  const text = `version ${state.version}`;
  return inStatus ? `${text} ${state.status}` : text;
}
