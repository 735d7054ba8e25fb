import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientConfig } from 'pg';
import { formatRanges } from 'contracts/snapshot';
import type { Replica } from './config';
import { Findings } from './finding';
import { pass, type Pass, type Ranges } from './pass';
import { type ComparedFile, QuerySnapshot } from './query-snapshot';
import { ordersOf, productsOf } from './snapshot-rows';
import { type Kind, standing, type State, stateFinding } from './states';
import { Truth } from './truth';

/** Between two looks at what is behind. */
const pollMs = 200;
/** Aggregates that are asked for again in one request: its address has a limit. */
const askedAtOnce = 200;

export interface Verdict {
  readonly url: string;
  /** The watermark that the compared views include. */
  readonly asOf: string | null;
  /** Not null: the replica is in doubt of these views (contracts/snapshot.ts). */
  readonly unverified: string | null;
  /** Aggregates. */
  readonly compared: number;
  /** Aggregates that were behind at first and have caught up in time. */
  readonly caughtUp: number;
  readonly findings: Findings;
}

/**
 * Compares one replica of the query service with PostgreSQL, while both go on working. A version that is
 * merely on its way is waited for; everything else that is not equal is a finding.
 *
 * @param ranges some aggregates only, without the views; null: everything
 * @param signal cuts the wait for what is on its way: it throws then
 * @param of which file of the replica
 * @throws {CannotCompare} when a neighbour fails, or the two are not of the same history
 */
export async function reconcile(
  replica: Replica,
  database: ClientConfig,
  deadlineMs: number,
  ranges: Ranges | null = null,
  signal?: AbortSignal,
  of: ComparedFile = 'serving',
): Promise<Verdict> {
  const deadline = performance.now() + deadlineMs;
  let { asOf, unverified, seen } = await look(replica, database, ranges, of);
  const again = (): boolean =>
    // More is behind than can be asked for one by one.
    seen.behindCount > seen.behind.length ||
    // PostgreSQL shows a commit to the relay an instant before it shows it to everybody.
    seen.findings.list.some(({ problem }) => problem === 'ahead' || problem === 'unknown');
  while (again() && performance.now() < deadline) {
    await sleep(pollMs, undefined, signal && { signal });
    ({ asOf, unverified, seen } = await look(replica, database, ranges, of));
    if (seen.behindCount <= seen.behind.length) break;
  }
  const { behind, findings, compared, parked } = seen;
  const left = await waitFor(replica, behind, deadline, findings, signal, of);
  for (const { kind, truth, known } of left) {
    const because = parked.get(`${kind}:${truth.id}`) ?? null;
    findings.add(stateFinding(kind, truth, known, because));
  }
  findings.count += seen.behindCount - behind.length;
  return {
    url: replica.url,
    asOf,
    unverified,
    compared,
    caughtUp: behind.length - left.length,
    findings,
  };
}

async function look(
  replica: Replica,
  database: ClientConfig,
  ranges: Ranges | null,
  of: ComparedFile,
): Promise<{ asOf: string | null; unverified: string | null; seen: Pass }> {
  const restriction =
    ranges === null
      ? {}
      : { orders: formatRanges(ranges.orders), products: formatRanges(ranges.products) };
  const snapshot = await QuerySnapshot.open(replica, { of, ...restriction });
  try {
    // Only now: so PostgreSQL has everything that the query service has.
    const truth = await Truth.begin(database);
    try {
      const { asOf, unverified } = snapshot.header;
      return { asOf, unverified, seen: await pass(snapshot, truth, ranges) };
    } finally {
      await truth.end();
    }
  } finally {
    snapshot.close();
  }
}

interface Behind {
  readonly kind: Kind;
  readonly truth: State;
  readonly known?: State | undefined;
}

/** Asks for what is behind again and again. @returns what has not come by the deadline */
async function waitFor(
  replica: Replica,
  behind: readonly Behind[],
  deadline: number,
  findings: Findings,
  signal: AbortSignal | undefined,
  of: ComparedFile,
): Promise<Behind[]> {
  let left: Behind[] = [...behind];
  while (left.length > 0) {
    const still: Behind[] = [];
    for (let at = 0; at < left.length; at += askedAtOnce) {
      const asked = left.slice(at, at + askedAtOnce);
      const found = await ask(replica, asked, of);
      for (const { kind, truth } of asked) {
        const known = found.get(`${kind}:${truth.id}`);
        const stands = standing(truth, known);
        if (stands === 'behind') still.push({ kind, truth, known });
        // Ahead of a snapshot that is older now: the next version has come, too.
        else if (stands === 'miscounted') findings.add(stateFinding(kind, truth, known));
      }
    }
    left = still;
    if (performance.now() >= deadline) return left;
    if (left.length > 0) await sleep(pollMs, undefined, signal && { signal });
  }
  return left;
}

async function ask(
  replica: Replica,
  asked: readonly Behind[],
  of: ComparedFile,
): Promise<Map<string, State>> {
  const only = (kind: Kind): string =>
    formatRanges(
      asked.filter((b) => b.kind === kind).map(({ truth: { id } }) => ({ from: id, to: id })),
    );
  const snapshot = await QuerySnapshot.open(replica, {
    of,
    orders: only('order'),
    products: only('product'),
  });
  const found = new Map<string, State>();
  try {
    for await (const order of ordersOf(snapshot)) found.set(`order:${order.id}`, order);
    for await (const product of productsOf(snapshot)) found.set(`product:${product.id}`, product);
    return found;
  } finally {
    snapshot.close();
  }
}
