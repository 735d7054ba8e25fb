import { type AggregateType, isSale, type RowType } from 'contracts/aggregates';
import type { OrderStatus } from 'contracts/events';
import type { SnapshotRows } from 'contracts/snapshot';
import type { Finding, Problem } from '../finding';
import type { Row } from '../snapshots/row';

/** An aggregate at one version, as either side holds it. */
export interface State {
  readonly id: number;
  readonly version: number;
  /** Null when it is no order. */
  readonly status: OrderStatus | null;
  /** A number that stands for everything else in this version (query-service/src/model/content.ts). */
  readonly content: number;
}

/** Reads a row of a snapshot's aggregates of a kind. */
export function stateOf(type: AggregateType, row: Row): State {
  if (type === 'order') {
    const [id, version, status, content] = row as Readonly<SnapshotRows['order']>;
    return { id, version, status, content };
  }
  const [id, version, content] = row as Readonly<SnapshotRows[RowType]>;
  return { id, version, status: null, content };
}

/** Whether an order at this version is a sale. False for an order that does not exist. */
export const isCounted = (order: State | undefined): boolean =>
  order !== undefined && order.status !== null && isSale(order.status);

/** How the query service's state of one aggregate relates to PostgreSQL's. */
type Standing = 'equal' | 'behind' | 'ahead' | 'unknown' | 'changed';

/**
 * Compares two states of an aggregate. PostgreSQL was read after the query service, so it has everything that the query
 * service can have. Pure.
 */
export function standing(truth: State | undefined, known: State | undefined): Standing {
  if (truth === undefined) return 'unknown';
  if (known === undefined || known.version < truth.version) return 'behind';
  if (known.version > truth.version) return 'ahead';
  const isEqual = known.status === truth.status && known.content === truth.content;
  return isEqual ? 'equal' : 'changed';
}

/** Whether an order is counted with another content than PostgreSQL has, because its correction has not arrived. */
export const isInCorrection = (truth: State, known: State | undefined): boolean =>
  known !== undefined &&
  known.version < truth.version &&
  isCounted(known) &&
  known.content !== truth.content;

/**
 * The finding about an aggregate that is not equal.
 *
 * @param isAsEmitted whether PostgreSQL's state is that of its event: then the views are wrong by themselves
 */
export function stateFinding(
  kind: AggregateType,
  truth: State | undefined,
  known: State | undefined,
  because: string | null = null,
  isAsEmitted = false,
): Finding {
  const stands = standing(truth, known);
  if (stands === 'equal') throw new Error('nothing to report of what is equal');
  const id = truth?.id ?? known?.id;
  const isChanged = stands === 'changed';
  return {
    key: `${kind}:${id}`,
    problem: problemOf(stands, isAsEmitted),
    expected: describe(truth, isChanged),
    found: describe(known, isChanged),
    difference: null,
    because,
  };
}

function problemOf(stands: Exclude<Standing, 'equal'>, isAsEmitted: boolean): Problem {
  if (stands === 'behind') return 'missing';
  return stands === 'changed' && isAsEmitted ? 'miscounted' : stands;
}

function describe(state: State | undefined, isChanged: boolean): string {
  if (state === undefined) return 'none';
  const text = `version ${state.version}`;
  if (!isChanged) return text;
  return [text, state.status, `(${state.content.toString(36)})`].filter(Boolean).join(' ');
}
