import type { EachBatchPayload } from 'kafkajs';
import { readPayload } from 'contracts/events';
import type { PartitionOffsets } from 'kafka-client/offset-ranges';
import { failpoint } from 'service-kit/failpoints';
import type { Logger } from 'service-kit/logger';
import { failpoints } from '../failpoints';
import { isFault, type Fault } from '../apply/fault';
import type { Reading } from './reading';

/**
 * How far a watermark may be ahead of this process's clock. One further ahead is ignored: answers would look fresh
 * until the clock has caught up.
 */
const mostAheadMs = 5_000;

/** Reads the topic of watermarks. Only the newest counts: it says how fresh the views are. */
export class WatermarkReader {
  /** The offset that is read next. */
  next = 0;
  /** The newest watermark that came and was not processed yet. */
  private newest: string | undefined;
  private isBusy = false;

  /**
   * @param offsetRanges returns the present offsets of each event partition
   * @param onFault called when they belong to another history
   */
  constructor(
    private readonly reading: Reading,
    private readonly offsetRanges: () => Promise<PartitionOffsets[]>,
    private readonly onFault: (fault: Fault) => void,
    private readonly logger: Logger,
  ) {}

  take(batch: Pick<EachBatchPayload['batch'], 'messages' | 'lastOffset'>): void {
    this.newest = batch.messages.at(-1)?.value?.toString() ?? this.newest;
    this.next = Number(batch.lastOffset()) + 1;
    if (!this.isBusy) void this.readNewest();
  }

  /** Processes watermarks one after another, so that the last one is the newest. */
  private async readNewest(): Promise<void> {
    this.isBusy = true;
    for (let json = this.newest; json !== undefined; json = this.newest) {
      this.newest = undefined;
      await this.read(json);
    }
    this.isBusy = false;
  }

  private async read(json: string): Promise<void> {
    try {
      const { watermark } = readPayload('Watermark', 1, JSON.parse(json));
      const aheadMs = Date.parse(watermark) - Date.now();
      if (aheadMs > mostAheadMs) {
        this.reading.refuseWatermark(watermark);
        this.logger.error({ watermark, aheadMs }, 'watermark refused: it is ahead of this clock');
        return;
      }
      const read = this.reading.next();
      const ranges = await this.offsetRanges();
      await failpoint(failpoints.watermarkRead);
      this.reading.readWatermark(watermark, read, ranges);
    } catch (error) {
      if (isFault(error)) {
        this.onFault(error);
        return;
      }
      // The next watermark comes in a second; until then `asOf` grows older, correctly.
      this.logger.warn({ err: error }, 'watermark not read');
    }
  }
}
