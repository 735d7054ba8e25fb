import { aggregates, isAggregateType } from 'contracts/aggregates';
import { commandOf } from 'contracts/commands';
import type { Comparison, Standstill } from 'contracts/pipeline';
import { reconcile, type Verdict } from 'reconcile/reconcile';
import type { AuditConfig } from 'reconcile/config';
import type { Replica } from 'reconcile/replica';
import type { Finding } from 'reconcile/finding';
import { repairsOf } from 'reconcile/repair';
import { firstTurn, nextRanges, type Turn } from 'reconcile/rotation';
import { PostgresSnapshot } from 'reconcile/snapshots/postgres-snapshot';
import type { Ranges } from 'reconcile/versions/compare-versions';
import { reason } from 'service-kit/command-errors';
import type { AuditMetrics } from './audit-metrics';
import { tellVerified } from 'reconcile/verified';
import type { StateLog } from './state-log';

/** How long the comparison waits for events that are on their way. */
const deadlineMs = 10_000;
/** For this long after the keeper started, a replica that was never compared may still be starting. */
const startingMs = 60_000;
/** The interval until then. */
const whileStartingMs = 2_000;
/** How many differences are remembered and logged by name. */
const remembered = 100;

/**
 * The light form of reconcile: each turn compares a part of the aggregates with every replica. No loss stays unseen for
 * ever, and an idle system pays next to nothing for it. A replica whose views are in doubt, as they are when it begins,
 * is compared as a whole, until it is equal and is told so. Findings go to the log and to `/metrics`; they make nothing
 * unready.
 */
export class ViewsAudit {
  private turns: Turn = firstTurn;
  /** The differences of each replica, until their part is compared again. */
  private readonly differences = new Map<string, Map<string, string>>();
  private readonly last = new Map<string, Comparison>();
  /** The replicas whose views were in doubt at the last turn. */
  private readonly inDoubt = new Set<string>();
  private readonly stopping = new AbortController();
  private readonly began = performance.now();

  constructor(
    private readonly audit: AuditConfig,
    private readonly intervalMs: number,
    private readonly metrics: AuditMetrics,
    private readonly states: StateLog,
  ) {}

  /** Never throws: it logs once what it could not compare, and the next turn tries again. */
  async turn(): Promise<number> {
    try {
      const ranges = await this.nextRanges();
      this.states.report('audit', []);
      for (const replica of this.audit.replicas) await this.compare(replica, ranges);
    } catch (error) {
      if (!this.stopping.signal.aborted) {
        const trouble = `no comparison of the views: ${reason(error)}`;
        this.states.report('audit', [trouble]);
        for (const { url } of this.audit.replicas) this.notCompared(url, trouble);
      }
    }
    const anyStarts = this.audit.replicas.some(({ url }) => this.isStarting(url));
    const soon = anyStarts || (this.inDoubt.size > 0 && this.hasJustBegun);
    return soon ? Math.min(whileStartingMs, this.intervalMs) : this.intervalMs;
  }

  /** The last comparison of each replica. */
  comparisons(): Comparison[] {
    return this.audit.replicas.map(({ url }) => this.lastOf(url));
  }

  /** Aborts the running turn. */
  abort(): void {
    this.stopping.abort();
  }

  private async compare(replica: Replica, part: Ranges): Promise<void> {
    const { url } = replica;
    const subject = `audit of ${url}`;
    try {
      const { signal } = this.stopping;
      const { database } = this.audit;
      const compare = (some: Ranges | null): Promise<Verdict> =>
        reconcile({ replica, database, deadlineMs, ranges: some, signal });
      let ranges = this.inDoubt.has(url) ? null : part;
      let verdict = await compare(ranges);
      if (ranges !== null && verdict.unverified !== null) {
        ranges = null;
        verdict = await compare(ranges);
      }
      if (verdict.unverified === null || (await tellVerified(replica, verdict))) {
        this.inDoubt.delete(url);
      } else this.inDoubt.add(url);
      const known = this.differences.get(url) ?? new Map<string, string>();
      const open = [...known].filter(([key]) => ranges !== null && !isIn(key, ranges));
      const found = verdict.findings.list.map((finding): [string, string] => [
        finding.key,
        sentence(url, finding),
      ]);
      const now = new Map([...open, ...found].slice(0, remembered));
      this.differences.set(url, now);
      const waits = waitsOf(url, verdict.waiting?.standstill ?? null);
      this.states.report(subject, [...now.values(), ...waits]);
      const differences = open.length + verdict.findings.count;
      this.metrics.compared(url, verdict, differences);
      this.last.set(url, {
        replica: url,
        at: new Date().toISOString(),
        compared: verdict.compared,
        differences,
        waiting: verdict.waiting?.aggregates ?? 0,
        trouble: null,
      });
    } catch (error) {
      if (this.stopping.signal.aborted) throw error;
      if (this.isStarting(url)) return;
      const known = this.differences.get(url)?.values() ?? [];
      const trouble = `${url} is not compared: ${reason(error)}`;
      this.states.report(subject, [...known, trouble]);
      this.notCompared(url, trouble);
    }
  }

  private isStarting(url: string): boolean {
    return this.lastOf(url).at === null && this.hasJustBegun;
  }

  private get hasJustBegun(): boolean {
    return performance.now() - this.began < startingMs;
  }

  private notCompared(url: string, trouble: string): void {
    if (!this.isStarting(url)) this.last.set(url, { ...this.lastOf(url), trouble });
  }

  private lastOf(replica: string): Comparison {
    const none = { replica, at: null, compared: 0, differences: 0, waiting: 0 };
    const trouble = this.intervalMs === 0 ? 'RECONCILE_INTERVAL=0: nothing is compared' : null;
    return this.last.get(replica) ?? { ...none, trouble };
  }

  private async nextRanges(): Promise<Ranges> {
    const postgres = await PostgresSnapshot.begin(this.audit.database);
    try {
      const { ranges, turn } = await nextRanges(postgres, this.turns);
      this.turns = turn;
      return ranges;
    } finally {
      await postgres.end();
    }
  }
}

/** The sentence contains no number, because each new sentence would be logged as a new state. */
const waitsOf = (url: string, standstill: Standstill | null): string[] =>
  standstill === null
    ? []
    : [
        `events wait for ${url} behind ${standstill.behind}: ${standstill.cure ?? standstill.cause}`,
      ];

function isIn(key: string, ranges: Ranges): boolean {
  const [kind = '', id] = key.split(':');
  if (!isAggregateType(kind)) return false;
  return ranges[aggregates[kind].table].some(
    ({ from, to }) => Number(id) >= from && Number(id) <= to,
  );
}

function sentence(url: string, finding: Finding): string {
  const { key, problem, expected, found, because } = finding;
  const why = because === null ? '' : ` (${because})`;
  const repair = repairsOf([finding]).map((command) => `: ${commandOf(command)}`);
  return `${key} is ${problem} at ${url}: PostgreSQL has ${expected}, the views ${found}${why}${repair.join('')}`;
}
