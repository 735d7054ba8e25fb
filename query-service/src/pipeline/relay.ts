import type { RelayPipeline } from 'contracts/pipeline';

/** A second look comes a second later: what takes longer is as good as no answer. */
const timeoutMs = 1_000;

/** The relay keeper, as far as it tells what the hops before the consumer do. */
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
      // Whatever the reason: nothing is known of those hops, and they say so.
      return null;
    }
  }
}
