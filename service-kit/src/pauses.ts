import { setImmediate } from 'node:timers/promises';

/** About how long work that pauses keeps the event loop in one go. A request needs three turns of the loop or more. */
const pieceMs = 4;

/** For work of tens of milliseconds, in the middle of which requests are to be answered. */
export class Pauses {
  private since = performance.now();

  /** Call it after each piece of the work, and await it: it pauses when the pieces since the last pause took long. */
  async pause(): Promise<void> {
    if (performance.now() - this.since < pieceMs) return;
    await setImmediate();
    this.since = performance.now();
  }
}
