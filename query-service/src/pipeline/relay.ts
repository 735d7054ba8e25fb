import type { RelayPipeline } from 'contracts/pipeline';

/** The next look comes a second later, so a slower answer is of no use. */
const timeoutMs = 1_000;

/** Asks the relay keeper for the hops before the consumer. */
export class RelayKeeper {
  constructor(private readonly url: string) {}

  /**
   * @param arrived the newest watermark that was read; null: none yet
   * @returns null when it does not answer as it should
   */
  async look(arrived: string | null): Promise<RelayPipeline | null> {
    const query = arrived === null ? '' : `?arrived=${encodeURIComponent(arrived)}`;
    try {
      const answer = await fetch(new URL(`/pipeline${query}`, this.url), {
        signal: AbortSignal.timeout(timeoutMs),
      });
      return answer.ok ? ((await answer.json()) as RelayPipeline) : null;
    } catch {
      // Whatever the reason is, those hops are shown as unknown.
      return null;
    }
  }
}
