import { setTimeout as sleep } from 'node:timers/promises';
import { seeded } from 'local/seeded';
import type { DatabaseClock } from '../database-clock';
import type { Ledger } from '../workload/ledger';
import { Violation } from '../violation';

const everyMs = 100;
/** What is `current` is never older (VIEWS_STALE_AFTER_SECONDS), and as much more for a clock that steps meanwhile. */
const currentMs = 2 * 10_000;
/** Only what is far beyond any hiccup of a busy machine is called a contradiction. */
const contradictsMs = 30_000;
/** What `stale` says when only a relay that stands still explains it. */
const relayStands = /no newer watermark comes through|not known yet$/;

/** The parts of the system that tell how things stand. */
export interface Told {
  readonly queries: string;
  readonly keeper: string;
  /** By which `As-Of` is told. */
  readonly databaseClock: DatabaseClock;
}

/**
 * Reads answers all the time, while faults happen, and holds each to what it says of itself (F, C):
 * an answer as of T, `current` or `stale`, includes every command acknowledged before PostgreSQL's clock showed T;
 * `current` is not older than its bound; no answer at all includes more than was ever asked for, nor one as of later what is
 * lost by then. And a relay that calls itself ready moves.
 */
export class Honesty {
  private running = false;
  private watching: Promise<unknown> = Promise.resolve();
  private contradictionSince: number | null = null;
  readonly seen = { answers: 0, current: 0, stale: 0, notCurrent: 0, none: 0 };

  constructor(
    private readonly told: Told,
    private readonly ledger: Ledger,
    private readonly seed: number,
    private readonly onViolation: (violation: Violation) => void,
  ) {}

  start(): void {
    this.running = true;
    this.watching = this.watch();
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.watching;
  }

  private async watch(): Promise<void> {
    const random = seeded(this.seed);
    for (let turn = 0; this.running; turn++) {
      try {
        const ids = this.ledger.productIds;
        await this.readOne(ids[random(ids.length)] ?? 1);
        if (turn % 20 === 0) await this.compareReadiness();
      } catch (error) {
        if (!(error instanceof Violation)) throw error;
        this.onViolation(error);
        return;
      }
      await sleep(everyMs);
    }
  }

  private async readOne(productId: number): Promise<void> {
    const asked = Date.now();
    const answer = await get(`${this.told.queries}/api/analytics/products/${productId}/sales`);
    const state = answer?.headers.get('views-state') ?? null;
    if (answer === null || answer.status !== 200 || state === null) {
      this.seen.none++;
      return;
    }
    this.seen.answers++;
    this.seen[state === 'current' || state === 'stale' ? state : 'notCurrent']++;
    const shown = Math.round((JSON.parse(answer.text) as { totalSales: number }).totalSales * 100);
    const asOf = answer.headers.get('as-of');
    // The answer's bounds, now that it is here: what was sent until now may be in it.
    const claims = this.claimed(state, asOf, asked);
    const { loss } = this.ledger;
    if (loss !== null && loss.settledAt === undefined && (claims ?? 0) > loss.until) {
      throw new Violation('F', `${state} as of ${asOf}, in a history that nobody has accepted`);
    }
    const { lowest, highest } = this.ledger.boundsOf(productId, claims);
    if (shown < lowest) {
      throw new Violation(
        'F',
        `product ${productId} shows ${shown} cents, ${state} as of ${asOf}; acknowledged until then: ${lowest}`,
      );
    }
    if (shown > highest) {
      throw new Violation(
        'C',
        `product ${productId} shows ${shown} cents (${state}, as of ${asOf}); everything ever asked for: ${highest}`,
      );
    }
  }

  /** Up to when, by the ledger's clock, an answer says that it is complete; null: it does not. */
  private claimed(state: string, asOf: string | null, asked: number): number | null {
    const { databaseClock } = this.told;
    if (state === 'current') {
      if (asOf === null) throw new Violation('F', 'current, as of nothing');
      const instant = Date.parse(asOf);
      if (!databaseClock.mayBeTold(instant)) {
        throw new Violation(
          'F',
          `current as of ${asOf}, an instant that PostgreSQL has yet to come to`,
        );
      }
      const ageMs = asked - databaseClock.inOurTime(instant);
      if (ageMs > currentMs) throw new Violation('F', `current as of ${asOf}, ${ageMs} ms ago`);
    }
    const isClaim = asOf !== null && (state === 'current' || state === 'stale');
    return isClaim ? databaseClock.inOurTime(Date.parse(asOf)) : null;
  }

  /** The views tell that no watermark comes through, the relay keeper that all is well: one of them is wrong. */
  private async compareReadiness(): Promise<void> {
    const views = await get(`${this.told.queries}/health/ready`);
    const keeper = await get(`${this.told.keeper}/health/ready`);
    const { stale } = JSON.parse(views?.text ?? '{}') as { stale?: string | null };
    if (keeper?.status !== 200 || views?.status !== 200 || !relayStands.test(stale ?? '')) {
      this.contradictionSince = null;
      return;
    }
    this.contradictionSince ??= performance.now();
    if (performance.now() - this.contradictionSince < contradictsMs) return;
    throw new Violation('F', `the relay keeper has called itself ready for 30 s, and ${stale}`);
  }
}

async function get(
  url: string,
): Promise<{ status: number; headers: Headers; text: string } | null> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(3_000) });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  } catch {
    return null;
  }
}
