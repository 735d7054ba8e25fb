import { reason } from 'service-kit/command-errors';
import type { Sql } from 'service-kit/sql';
import type { StateLog } from './state-log';
import { purgeWatermarks, writeWatermark } from './watermark';

const intervalMs = 1_000;
const purgeEvery = 30;
/** How many recent watermarks keep their write time. */
const remembered = 100;

/** Writes a watermark at each turn, in a loop of its own, so that a slow Connect does not delay it. */
export class WatermarkWriter {
  /** The last watermark, and when it was written, from `performance.now()`. */
  last: { watermark: string; writtenAt: number } | undefined;
  /** Why the last attempt wrote none; null when it did, or before the first attempt. */
  failure: string | null = null;
  private written = 0;
  private readonly times = new Map<string, number>();

  constructor(
    private readonly sql: Sql,
    private readonly topic: string,
    private readonly states: StateLog,
  ) {}

  /** Never throws: it logs a failure once, and the next turn tries again. */
  async turn(): Promise<number> {
    try {
      const watermark = await writeWatermark(this.sql, this.topic);
      this.last = { watermark, writtenAt: performance.now() };
      this.remember(this.last);
      this.failure = null;
      if (this.written++ % purgeEvery === 0) await purgeWatermarks(this.sql);
      this.states.report('watermark', []);
    } catch (error) {
      this.failure = reason(error);
      this.states.report('watermark', [`no watermark written: ${this.failure}`]);
    }
    return intervalMs;
  }

  /**
   * When this watermark was written, from `performance.now()`; undefined when it is too old, or another keeper wrote
   * it.
   */
  writtenAt(watermark: string): number | undefined {
    return this.times.get(watermark);
  }

  private remember({ watermark, writtenAt }: { watermark: string; writtenAt: number }): void {
    this.times.set(watermark, writtenAt);
    const [oldest] = this.times.keys();
    if (this.times.size > remembered && oldest !== undefined) this.times.delete(oldest);
  }
}
