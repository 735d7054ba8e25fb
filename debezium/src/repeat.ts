import { setTimeout as sleep } from 'node:timers/promises';

interface Loop {
  /** Resolves when the turn under way has ended. */
  stop(): Promise<void>;
}

/**
 * Runs a turn at once, and then one after the other. An error that a turn throws ends the loop.
 *
 * @param turn resolves with the milliseconds from its start to the next one's; a turn that takes
 *   longer delays the next one
 * @param failed gets what a turn threw
 */
export function repeat(turn: () => Promise<number>, failed: (error: unknown) => void): Loop {
  const stopping = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const started = performance.now();
      const next = started + (await turn());
      await sleep(Math.max(0, next - performance.now()), undefined, {
        signal: stopping.signal,
      }).catch(() => undefined);
    }
  };
  const ended = loop().catch(failed);
  return {
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}
