import {
  aggregates,
  type AggregateTable,
  type AggregateType,
  aggregateTypes,
  eachRow,
  type RowType,
} from 'contracts/aggregates';
import type { IdRange } from 'contracts/snapshot';
import type { Findings } from '../finding';
import { mergeJoin } from '../snapshots/merge-join';
import type { PostgresSnapshot } from '../snapshots/postgres-snapshot';
import type { QuerySnapshot } from '../snapshots/query-snapshot';
import { byKey } from '../snapshots/row';
import { emittedAsTheyAre } from './as-emitted';
import { stateRows } from './postgres-states';
import { isInCorrection, standing, type State, stateFinding, stateOf } from './state';

/**
 * How many aggregates that are behind or changed are listed. More are only counted, and compared again by a whole new
 * look.
 */
const remembered = 100_000;

/** The aggregates to compare, ascending. */
export type Ranges = Readonly<Record<AggregateTable, readonly IdRange[]>>;

/** The result of comparing the versions of all aggregates. */
export interface Versions {
  compared: number;
  /** The aggregates that the query service knows at an older version, or not at all. */
  readonly behind: { readonly kind: AggregateType; readonly state: State }[];
  /** The number of all of them, including those that are not listed. */
  behindCount: number;
  /**
   * How many orders are counted at an older version with another content, because their correction is on its way.
   * PostgreSQL no longer has what they contributed, so sums cannot be judged.
   */
  inCorrection: number;
  /** The aggregates that the query service has at another version than PostgreSQL, or that only one of the two has. */
  readonly otherwise: Otherwise;
}

/** The aggregates that the query service has at another version, by id. */
export interface Otherwise {
  /** The status that it has of each order; null when it does not know the order. */
  readonly orders: Map<number, State['status']>;
  /** Whether it knows each aggregate of the other kinds. */
  readonly rows: Readonly<Record<RowType, Map<number, boolean>>>;
}

/**
 * Compares the versions of the aggregates: all rows of these sections of a snapshot.
 *
 * @param ranges some aggregates only; null: all
 * @param findings receives the differences; aggregates that are merely behind are returned
 */
export async function compareVersions(
  snapshot: QuerySnapshot,
  postgres: PostgresSnapshot,
  ranges: Ranges | null,
  findings: Findings,
): Promise<Versions> {
  const versions: Versions = {
    compared: 0,
    behind: [],
    behindCount: 0,
    inCorrection: 0,
    otherwise: { orders: new Map(), rows: eachRow(() => new Map<number, boolean>()) },
  };
  const { orders, rows } = versions.otherwise;
  for (const kind of aggregateTypes) {
    const changed: Changed[] = [];
    const mine = stateRows(postgres, kind, ranges?.[aggregates[kind].table] ?? null);
    await mergeJoin(mine, snapshot.pages(kind), byKey(1), (left, right) => {
      const [state, known] = [left && stateOf(kind, left), right && stateOf(kind, right)];
      judge(kind, { state, known }, { versions, changed, findings });
      if (state?.version === known?.version) return;
      const [id] = left ?? right;
      if (kind !== 'order') rows[kind].set(id as number, known !== undefined);
      else if (state !== undefined) {
        orders.set(state.id, known?.status ?? null);
        if (isInCorrection(state, known)) versions.inCorrection++;
      }
    });
    await reportChanged(kind, changed, postgres, findings);
  }
  return versions;
}

/** An aggregate that differs at the same version. */
interface Changed {
  readonly state: State;
  readonly known: State;
}

function judge(
  kind: AggregateType,
  { state, known }: { state: State | undefined; known: State | undefined },
  { versions, changed, findings }: { versions: Versions; changed: Changed[]; findings: Findings },
): void {
  versions.compared++;
  const stands = standing(state, known);
  if (stands === 'equal') return;
  if (stands === 'changed' && state !== undefined && known !== undefined) {
    if (changed.length < remembered) changed.push({ state, known });
    else findings.count++;
  } else if (stands === 'behind' && state !== undefined) {
    versions.behindCount++;
    if (versions.behind.length < remembered) versions.behind.push({ kind, state });
  } else findings.add(stateFinding(kind, state, known));
}

async function reportChanged(
  kind: AggregateType,
  changed: readonly Changed[],
  postgres: PostgresSnapshot,
  findings: Findings,
): Promise<void> {
  const states = changed.map(({ state }) => state);
  const asEmitted = await emittedAsTheyAre(postgres, kind, states);
  for (const { state, known } of changed) {
    findings.add(stateFinding(kind, state, known, null, asEmitted.has(state.id)));
  }
}
