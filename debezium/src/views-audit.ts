import type { Comparison } from 'contracts/pipeline';
import { reconcile } from 'reconcile/reconcile';
import type { AuditConfig, Replica } from 'reconcile/config';
import type { Finding } from 'reconcile/finding';
import type { Ranges } from 'reconcile/pass';
import { commandOf, repairsOf } from 'reconcile/repair';
import { firstTurn, nextRanges, type Turn } from 'reconcile/rotation';
import { Truth } from 'reconcile/truth';
import type { AuditMetrics } from './audit-metrics';
import { reason } from './reason';
import { tellVerified } from 'reconcile/verified';
import type { StateLog } from './state-log';

/** What is on its way gets this long to arrive. */
const deadlineMs = 10_000;
/** Differences that are remembered and logged by name. */
const remembered = 100;

/**
 * The light form of reconcile: at each turn a part of the aggregates, of every replica. No loss stays
 * unseen for ever, and an idle system pays next to nothing for it. A replica that is in doubt of its views is compared
 * whole instead, until it is equal and is told so. Says what it finds in the log and at `/metrics`; it makes
 * nothing unready.
 */
export class ViewsAudit {
  private turns: Turn = firstTurn;
  /** By replica: what differs, until its part is compared again. */
  private readonly differences = new Map<string, Map<string, string>>();
  private readonly last = new Map<string, Comparison>();
  /** Replicas in doubt at the last turn. */
  private readonly inDoubt = new Set<string>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly audit: AuditConfig,
    private readonly intervalMs: number,
    private readonly metrics: AuditMetrics,
    private readonly states: StateLog,
  ) {}

  /** Never throws: what could not be compared is told once, and the next turn tries again. */
  async turn(): Promise<number> {
    try {
      const { ranges, turn } = nextRanges(this.turns, await this.highestIds());
      this.turns = turn;
      this.states.report('audit', []);
      for (const replica of this.audit.replicas) await this.compare(replica, ranges);
    } catch (error) {
      if (!this.stopping.signal.aborted) {
        const trouble = `no comparison of the views: ${reason(error)}`;
        this.states.report('audit', [trouble]);
        for (const { url } of this.audit.replicas)
          this.last.set(url, { ...this.lastOf(url), trouble });
      }
    }
    return this.intervalMs;
  }

  /** What is known of each replica. */
  comparisons(): Comparison[] {
    return this.audit.replicas.map(({ url }) => this.lastOf(url));
  }

  /** Cuts the turn under way. */
  abort(): void {
    this.stopping.abort();
  }

  private async compare(replica: Replica, part: Ranges): Promise<void> {
    const { url } = replica;
    const subject = `audit of ${url}`;
    const ranges = this.inDoubt.has(url) ? null : part;
    try {
      const { signal } = this.stopping;
      const verdict = await reconcile(replica, this.audit.database, deadlineMs, ranges, signal);
      const isCertain =
        verdict.unverified === null || (ranges === null && (await tellVerified(replica, verdict)));
      if (isCertain) this.inDoubt.delete(url);
      else this.inDoubt.add(url);
      const known = this.differences.get(url) ?? new Map<string, string>();
      const open = [...known].filter(([key]) => ranges !== null && !isIn(key, ranges));
      const { inContainer } = this.audit;
      const found = verdict.findings.list.map((finding): [string, string] => [
        finding.key,
        sentence(url, finding, inContainer),
      ]);
      const now = new Map([...open, ...found].slice(0, remembered));
      this.differences.set(url, now);
      this.states.report(subject, [...now.values()]);
      const differences = open.length + verdict.findings.count;
      this.metrics.compared(url, verdict, differences);
      this.last.set(url, {
        replica: url,
        at: new Date().toISOString(),
        compared: verdict.compared,
        differences,
        trouble: null,
      });
    } catch (error) {
      if (this.stopping.signal.aborted) throw error;
      const known = this.differences.get(url)?.values() ?? [];
      const trouble = `${url} is not compared: ${reason(error)}`;
      this.states.report(subject, [...known, trouble]);
      this.last.set(url, { ...this.lastOf(url), trouble });
    }
  }

  private lastOf(replica: string): Comparison {
    const none = { replica, at: null, compared: 0, differences: 0 };
    const trouble = this.intervalMs === 0 ? 'RECONCILE_INTERVAL=0: nothing is compared' : null;
    return this.last.get(replica) ?? { ...none, trouble };
  }

  private async highestIds(): Promise<Turn> {
    const truth = await Truth.begin(this.audit.database);
    try {
      return await truth.highestIds();
    } finally {
      await truth.end();
    }
  }
}

function isIn(key: string, { orders, products }: Ranges): boolean {
  const [kind, id] = key.split(':');
  const ranges = kind === 'order' ? orders : products;
  return ranges.some(({ from, to }) => Number(id) >= from && Number(id) <= to);
}

function sentence(url: string, finding: Finding, inContainer: boolean): string {
  const { key, problem, expected, found, because } = finding;
  const why = because === null ? '' : ` (${because})`;
  const repair = repairsOf([finding]).map((command) => `: ${commandOf(command, inContainer)}`);
  return `${key} is ${problem} at ${url}: PostgreSQL has ${expected}, the views ${found}${why}${repair.join('')}`;
}
