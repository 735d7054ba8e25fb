import { setTimeout as sleep } from 'node:timers/promises';
import { aggregates, type AggregateType, aggregateTypes, eachTable } from 'contracts/aggregates';
import { formatRanges } from 'contracts/snapshot';
import type { Login } from 'service-kit/postgres';
import { compare, type Look } from './compare';
import type { Findings } from './finding';
import type { Replica } from './replica';
import { PostgresSnapshot } from './snapshots/postgres-snapshot';
import { type ComparedFile, QuerySnapshot } from './snapshots/query-snapshot';
import type { Ranges } from './versions/compare-versions';
import { standing, type State, stateFinding, stateOf } from './versions/state';
import { type Behind, standstillBefore, type Waiting, whatWaits } from './waiting';

/** The interval between two looks at aggregates that are behind. */
const pollMs = 200;
/** The most aggregates in one request, because the length of its URL is limited. */
const askedAtOnce = 200;

export interface Verdict {
  readonly url: string;
  /** The watermark that the compared views include. */
  readonly asOf: string | null;
  /** When it is not null, the replica is in doubt of these views (contracts/snapshot.ts). */
  readonly unverified: string | null;
  /** How many aggregates were compared. */
  readonly compared: number;
  /** How many aggregates were behind at first and have caught up in time. */
  readonly caughtUp: number;
  readonly findings: Findings;
  /** The aggregates that are behind because their events are held up; null: none. */
  readonly waiting: Waiting | null;
}

/** Whether everything that was compared is equal. */
export const isEqual = ({ findings, waiting }: Verdict): boolean =>
  findings.count === 0 && waiting === null;

/** The two sides of a comparison, and its limits. */
interface ReconcileOptions {
  readonly replica: Replica;
  readonly database: Login;
  /** How long it waits for events that are on their way. */
  readonly deadlineMs: number;
  /** Compares only these aggregates, without the views; null or left out: everything. */
  readonly ranges?: Ranges | null;
  /** Aborts the wait for events on their way: it throws then. */
  readonly signal?: AbortSignal;
  /** Which file of the replica; the serving one when left out. */
  readonly file?: ComparedFile;
}

/**
 * Compares one replica of the query service with PostgreSQL, while both go on working. A version that is
 * merely on its way is waited for; everything else that is not equal is a finding.
 *
 * @throws {CannotCompare} when a neighbour fails, or the two are not of the same history
 */
export async function reconcile(options: ReconcileOptions): Promise<Verdict> {
  const { replica, database, deadlineMs } = options;
  const deadline = performance.now() + deadlineMs;
  let { asOf, unverified, seen } = await look(options);
  const again = (): boolean =>
    // More aggregates are behind than can be asked for one by one.
    seen.behindCount > seen.behind.length ||
    seen.inCorrection > 0 ||
    // PostgreSQL shows a commit to the relay an instant before it is visible to others.
    seen.findings.list.some(({ problem }) => problem === 'ahead' || problem === 'unknown');
  while (again() && performance.now() < deadline) {
    await pause(options);
    ({ asOf, unverified, seen } = await look(options));
    if (seen.behindCount <= seen.behind.length && seen.inCorrection === 0) break;
  }
  const { behind, findings, compared, parked } = seen;
  const { left, asOf: reached } = await waitFor(behind, deadline, findings, options);
  const parkedOf = ({ kind, state }: Behind) => parked.get(`${kind}:${state.id}`);
  const wasRead = (one: Behind): boolean => {
    const deadLetter = parkedOf(one);
    return deadLetter !== undefined && (deadLetter.version ?? Infinity) >= one.state.version;
  };
  const { waiting, lost, events } =
    left.length === 0
      ? { waiting: left, lost: left, events: 0 }
      : await whatWaits(left, reached ?? asOf, wasRead, database);
  for (const one of lost) {
    const because = parkedOf(one)?.what ?? null;
    findings.add(stateFinding(one.kind, one.state, one.known, because));
  }
  // Aggregates that are only counted get the verdict of those that were looked at.
  const more = seen.behindCount - behind.length;
  const moreWait = lost.length === 0 && waiting.length > 0 ? more : 0;
  findings.count += more - moreWait;
  return {
    url: replica.url,
    asOf,
    unverified,
    compared,
    caughtUp: behind.length - left.length,
    findings,
    waiting:
      waiting.length === 0
        ? null
        : {
            events: events + moreWait,
            aggregates: waiting.length + moreWait,
            standstill: await standstillBefore(replica),
          },
  };
}

const pause = ({ signal }: ReconcileOptions): Promise<void> =>
  sleep(pollMs, undefined, signal && { signal });

async function look({
  replica,
  database,
  ranges = null,
  file: of = 'serving',
}: ReconcileOptions): Promise<{ asOf: string | null; unverified: string | null; seen: Look }> {
  const restriction =
    ranges === null ? {} : eachTable((type) => formatRanges(ranges[aggregates[type].table]));
  const snapshot = await QuerySnapshot.open(replica, { of, ...restriction });
  try {
    // Begin only now, so that PostgreSQL has everything that the query service has.
    const postgres = await PostgresSnapshot.begin(database);
    try {
      const { asOf, unverified } = snapshot.header;
      return { asOf, unverified, seen: await compare(snapshot, postgres, ranges) };
    } finally {
      await postgres.end();
    }
  } finally {
    snapshot.close();
  }
}

/**
 * Asks again and again for the aggregates that are behind. @returns those still behind at the deadline, and the views'
 * `asOf` then
 */
async function waitFor(
  behind: readonly Behind[],
  deadline: number,
  findings: Findings,
  options: ReconcileOptions,
): Promise<{ left: Behind[]; asOf: string | null }> {
  let left: Behind[] = [...behind];
  let asOf: string | null = null;
  while (left.length > 0) {
    const still: Behind[] = [];
    for (let at = 0; at < left.length; at += askedAtOnce) {
      const asked = left.slice(at, at + askedAtOnce);
      const { found, asOf: reached } = await ask(asked, options);
      // All answers of one round include at least its oldest `asOf`.
      if (at === 0) asOf = reached;
      for (const { kind, state } of asked) {
        const known = found.get(`${kind}:${state.id}`);
        const stands = standing(state, known);
        if (stands === 'behind') still.push({ kind, state, known });
        // `ahead` is no finding here: PostgreSQL's snapshot is older by now, and the next version has come.
        else if (stands === 'changed') findings.add(stateFinding(kind, state, known));
      }
    }
    left = still;
    if (performance.now() >= deadline) return { left, asOf };
    if (left.length > 0) await pause(options);
  }
  return { left, asOf };
}

async function ask(
  asked: readonly Behind[],
  { replica, file: of = 'serving' }: ReconcileOptions,
): Promise<{ found: Map<string, State>; asOf: string | null }> {
  const only = (kind: AggregateType): string =>
    formatRanges(
      asked.filter((b) => b.kind === kind).map(({ state: { id } }) => ({ from: id, to: id })),
    );
  const snapshot = await QuerySnapshot.open(replica, { of, ...eachTable(only) });
  const found = new Map<string, State>();
  try {
    for (const type of aggregateTypes) {
      for await (const row of snapshot.rows(type))
        found.set(`${type}:${row[0]}`, stateOf(type, row));
    }
    return { found, asOf: snapshot.header.asOf };
  } finally {
    snapshot.close();
  }
}
