import { setTimeout as sleep } from 'node:timers/promises';
import { seeded } from '../../support/workload';
import type { Ledger } from '../workload/ledger';
import { Violation } from '../violation';

const everyMs = 100;
/** Only what is far beyond any hiccup of a busy machine is called stale. */
const staleMs = 60_000;

/** The parts of the system that tell how things stand. */
export interface Told {
  readonly queries: string;
  readonly keeper: string;
}

/**
 * Reads answers all the time, while faults happen, and holds each to what it says of itself (F, C):
 * an answer that is `current` as of T includes every command acknowledged before T; no answer at all
 * includes more than was ever asked for. And relay and views that both call themselves ready move.
 */
export class Honesty {
  private running = false;
  private watching: Promise<unknown> = Promise.resolve();
  private readyButStaleSince: number | null = null;
  readonly seen = { answers: 0, current: 0, notCurrent: 0, none: 0 };

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
    const answer = await get(`${this.told.queries}/api/analytics/products/${productId}/sales`);
    const state = answer?.headers.get('views-state') ?? null;
    if (answer === null || answer.status !== 200 || state === null) {
      this.seen.none++;
      return;
    }
    this.seen.answers++;
    this.seen[state === 'current' ? 'current' : 'notCurrent']++;
    const shown = Math.round((JSON.parse(answer.text) as { totalSales: number }).totalSales * 100);
    const asOf = answer.headers.get('as-of');
    // The answer's bounds, now that it is here: what was sent until now may be in it.
    const claims = state === 'current' && asOf !== null ? Date.parse(asOf) : null;
    const { lowest, highest } = this.ledger.boundsOf(productId, claims);
    if (shown < lowest) {
      throw new Violation(
        'F',
        `product ${productId} shows ${shown} cents, current as of ${asOf}; acknowledged until then: ${lowest}`,
      );
    }
    if (shown > highest) {
      throw new Violation(
        'C',
        `product ${productId} shows ${shown} cents (${state}, as of ${asOf}); everything ever asked for: ${highest}`,
      );
    }
  }

  private async compareReadiness(): Promise<void> {
    const views = await get(`${this.told.queries}/health/ready`);
    const keeper = await get(`${this.told.keeper}/health/ready`);
    const asOf = views?.headers.get('as-of') ?? null;
    const stale = asOf === null || Date.now() - Date.parse(asOf) > staleMs;
    if (views?.status !== 200 || keeper?.status !== 200 || !stale) {
      this.readyButStaleSince = null;
      return;
    }
    this.readyButStaleSince ??= performance.now();
    if (performance.now() - this.readyButStaleSince < staleMs / 2) return;
    throw new Violation(
      'F',
      `relay keeper and views have called themselves ready for 30 s, and nothing newer than ${asOf} has come`,
    );
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
