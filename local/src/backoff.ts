const firstMs = 1_000;
const longestMs = 30_000;
const stableMs = 60_000;

/**
 * How long to wait before each restart of a process: 1, 2, 4 … 30 s, and 1 s again after it has run
 * for a minute.
 *
 * @returns a function from how long the process has run (ms) to how long to wait (ms)
 */
export function createBackoff(): (ranMs: number) => number {
  let next = firstMs;
  return (ranMs) => {
    const wait = ranMs >= stableMs ? firstMs : next;
    next = Math.min(wait * 2, longestMs);
    return wait;
  };
}
