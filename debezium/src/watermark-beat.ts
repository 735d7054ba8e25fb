import type { Pool } from 'pg';
import { failpoint } from 'service-kit/failpoints';
import { failpoints } from './failpoints';
import { reason } from './reason';
import type { StateLog } from './state-log';
import { purgeWatermarks, writeWatermark } from './watermark';

const intervalMs = 1_000;
const purgeEvery = 30;

/** Writes a watermark each time it is called. Apart from the reconcile loop: a slow Connect must not delay it. */
export class WatermarkBeat {
  /** The last watermark, and when it was written by the keeper's clock. */
  last: { watermark: string; writtenAt: number } | undefined;
  private turns = 0;

  constructor(
    private readonly pool: Pool,
    private readonly topic: string,
    private readonly states: StateLog,
  ) {}

  /** Never throws: what is wrong is told once, and the next turn tries again. */
  async turn(): Promise<number> {
    try {
      const watermark = await writeWatermark(this.pool, this.topic);
      this.last = { watermark, writtenAt: Date.now() };
      await failpoint(failpoints.watermarkWritten);
      if (this.turns++ % purgeEvery === 0) {
        await purgeWatermarks(this.pool);
        await failpoint(failpoints.watermarksPurged);
      }
      this.states.report('watermark', []);
    } catch (error) {
      this.states.report('watermark', [`no watermark written: ${reason(error)}`]);
    }
    return intervalMs;
  }
}
