import { setImmediate } from 'node:timers/promises';

/** About how long such work keeps the event loop in one go. A request needs three turns of the loop or more. */
const pieceMs = 4;

/** When the present piece of work began. */
let since = 0;
/** Resolves when whoever waits for a turn has had it. */
let turns: Promise<void> = Promise.resolve();

/**
 * Await it after each piece of work that takes tens of milliseconds, so that requests are answered in the middle: it pauses when the
 * pieces since the last pause took long. All who call it take turns, so that the event loop is kept by one of them and not by each.
 */
export async function pause(): Promise<void> {
  if (performance.now() - since < pieceMs) return;
  turns = turns.then(nextTurn);
  await turns;
}

async function nextTurn(): Promise<void> {
  await setImmediate();
  since = performance.now();
}
