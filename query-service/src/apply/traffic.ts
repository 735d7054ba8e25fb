const rateOverSeconds = 10;
const keptMinutes = 60;

/** The orders of one minute. */
export interface Minute {
  /** Its start, in milliseconds since 1970. */
  readonly start: number;
  readonly orders: number;
}

/**
 * The traffic since this process started, by the time of its arrival. It is kept in memory only: it shows how busy the
 * service is, and no total depends on it.
 */
export class Traffic {
  /** When counting began, in milliseconds since 1970. */
  readonly since: number;
  private readonly seconds = new Map<number, number>();
  private readonly minutes = new Map<number, number>();
  #changes: number;

  /** @param clock milliseconds since 1970 */
  constructor(private readonly clock: () => number = Date.now) {
    this.since = clock();
    // It does not begin at 0, so that it differs from the value of a previous process.
    this.#changes = this.since;
  }

  /**
   * Notes a batch.
   *
   * @param events the number of events read: applied, duplicate or parked
   * @param orders the number of orders that were seen for the first time
   */
  note(events: number, orders: number): void {
    const now = this.clock();
    add(this.seconds, Math.floor(now / 1_000), events, rateOverSeconds + 1);
    add(this.minutes, Math.floor(now / 60_000), orders, keptMinutes);
    this.#changes++;
  }

  /** Grows with every batch. */
  get changes(): number {
    return this.#changes;
  }

  /** Events per second, over the ten whole seconds before this one. */
  get perSecond(): number {
    const now = Math.floor(this.clock() / 1_000);
    let sum = 0;
    for (let second = now - rateOverSeconds; second < now; second++) {
      sum += this.seconds.get(second) ?? 0;
    }
    return sum / rateOverSeconds;
  }

  /** The minutes of the last hour, or since the start if that is later; the last one is the present minute. */
  get ordersPerMinute(): Minute[] {
    const now = Math.floor(this.clock() / 60_000);
    const first = Math.max(now - keptMinutes + 1, Math.floor(this.since / 60_000));
    return Array.from({ length: Math.max(0, now - first + 1) }, (_, i) => ({
      start: (first + i) * 60_000,
      orders: this.minutes.get(first + i) ?? 0,
    }));
  }
}

/** Adds to a slot of time and drops slots that are too old to be shown. */
function add(slots: Map<number, number>, slot: number, amount: number, kept: number): void {
  slots.set(slot, (slots.get(slot) ?? 0) + amount);
  for (const old of slots.keys()) if (old <= slot - kept) slots.delete(old);
}
