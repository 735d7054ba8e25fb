import { Problem } from 'service-kit/problem';
import type { Token } from './token';

/** The aggregates that a commit moved on, by id. */
export interface Applied {
  readonly orders: ReadonlyMap<number, unknown>;
  readonly products: ReadonlyMap<number, unknown>;
}

interface Waiter {
  readonly tokens: readonly Token[];
  wake(): void;
}

/**
 * Those who wait until the views include something. The applier's commits wake them, nothing polls: a
 * commit costs one look at each who waits, and nothing when nobody does. Each of them holds a connection and a few objects: beyond `maxWaiting`, a
 * client is told to come again.
 */
export class Arrivals {
  private readonly waiting = new Set<Waiter>();
  private hasEnded = false;

  constructor(private readonly maxWaiting = 1_000) {}

  /** How many wait. */
  get count(): number {
    return this.waiting.size;
  }

  /** Call when a batch is committed to the file that answers. */
  applied({ orders, products }: Applied): void {
    for (const waiter of this.waiting) {
      const concerns = ({ type, id }: Token): boolean =>
        // An order may wait for any of its products: which they are is not kept.
        type === 'order' ? orders.has(id) || products.size > 0 : products.has(id);
      if (waiter.tokens.some(concerns)) waiter.wake();
    }
  }

  /** Call when another file answers, or nothing moves any more: all look again. */
  changed(): void {
    for (const waiter of this.waiting) waiter.wake();
  }

  /** Nobody waits any longer: the process is asked to stop. */
  end(): void {
    this.hasEnded = true;
    this.changed();
  }

  /**
   * Looks until there is nothing to wait for.
   *
   * @param look resolves to true when it is over; called at the start, after each arrival that concerns
   *   these tokens, and when the time is up
   * @param signal ends the wait: the time is up, or the client has gone
   * @throws {Problem} 503 when too many wait already
   */
  async wait(
    tokens: readonly Token[],
    look: () => Promise<boolean>,
    signal: AbortSignal,
  ): Promise<void> {
    if (this.waiting.size >= this.maxWaiting) throw this.tooMany();
    let wake: () => void = () => undefined;
    const waiter = { tokens, wake: () => wake() };
    this.waiting.add(waiter);
    signal.addEventListener('abort', waiter.wake);
    try {
      for (;;) {
        // Before the look: what arrives during it is not missed.
        const woken = new Promise<void>((resolve) => (wake = resolve));
        if ((await look()) || signal.aborted || this.hasEnded) return;
        await woken;
      }
    } finally {
      signal.removeEventListener('abort', waiter.wake);
      this.waiting.delete(waiter);
    }
  }

  private tooMany(): Problem {
    const detail = `${this.maxWaiting} requests wait already: ask again, or without Prefer: wait`;
    return new Problem(503, detail, { code: 'busy' }, { 'Retry-After': '1' });
  }
}
