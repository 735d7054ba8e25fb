import { aggregates, type AggregateTable } from 'contracts/aggregates';
import type { Token } from './token';

type Ids = ReadonlyMap<number, unknown>;

interface Waiter {
  readonly tokens: readonly Token[];
  wake(): void;
}

/**
 * Requests that wait until the views include a change. The applier's commits wake them, nothing polls: a commit costs
 * one look at each request that waits. The listener limits how many may wait.
 */
export class VersionWaiters {
  private readonly waiting = new Set<Waiter>();
  private hasEnded = false;

  /** The number of waiting requests. */
  get count(): number {
    return this.waiting.size;
  }

  /** Call when a batch is committed to the file that answers. @param newest of the aggregates that it moved on */
  applied(newest: Readonly<Record<AggregateTable, Ids>>): void {
    for (const waiter of this.waiting) {
      const concerns = ({ type, id }: Token): boolean =>
        newest[aggregates[type].table].has(id) ||
        // An order may wait for any of its products, which are not stored.
        (type === 'order' && newest.products.size > 0);
      if (waiter.tokens.some(concerns)) waiter.wake();
    }
  }

  /** Call when another file answers, or events are no longer applied: all waiting requests look again. */
  changed(): void {
    for (const waiter of this.waiting) waiter.wake();
  }

  /** Ends all waits, when the process is asked to stop. */
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
   */
  async wait(
    tokens: readonly Token[],
    look: () => Promise<boolean>,
    signal: AbortSignal,
  ): Promise<void> {
    let wake: () => void = () => undefined;
    const waiter = { tokens, wake: () => wake() };
    this.waiting.add(waiter);
    signal.addEventListener('abort', waiter.wake);
    try {
      for (;;) {
        // Created before the look, so that what arrives during it is not missed.
        const woken = new Promise<void>((resolve) => (wake = resolve));
        if ((await look()) || signal.aborted || this.hasEnded) return;
        await woken;
      }
    } finally {
      signal.removeEventListener('abort', waiter.wake);
      this.waiting.delete(waiter);
    }
  }
}
