import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Tries again and again until it succeeds.
 *
 * @param onFailure sees each error; throws when trying on has become pointless
 * @throws the last error of `attempt` after `deadlineMs`
 */
export async function until<T>(
  attempt: () => T | Promise<T>,
  deadlineMs: number,
  onFailure: (error: unknown) => void = () => undefined,
  intervalMs = 50,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      onFailure(error);
      if (performance.now() > deadline) throw error;
    }
    await sleep(intervalMs);
  }
}
