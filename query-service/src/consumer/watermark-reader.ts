import type { EachBatchPayload } from 'kafkajs';
import { readPayload } from 'contracts/events';
import { failpoint } from 'service-kit/failpoints';
import type { Logger } from 'service-kit/logger';
import type { PartitionOffsets } from '../apply/history';
import { failpoints } from '../failpoints';
import { isFault, type Fault } from './fault';
import type { Reading } from './reading';

/** Reads the topic of watermarks. Only the newest counts: it says how fresh the views are. */
export class WatermarkReader {
  /** The offset that is read next. */
  next = 0;

  /**
   * @param ends the first and the next offset of each event partition, now
   * @param onFault called when they belong to another history
   */
  constructor(
    private readonly reading: Reading,
    private readonly ends: () => Promise<PartitionOffsets[]>,
    private readonly onFault: (fault: Fault) => void,
    private readonly logger: Logger,
  ) {}

  take(batch: EachBatchPayload['batch']): void {
    const newest = batch.messages.at(-1);
    if (newest?.value) void this.read(newest.value.toString());
    this.next = Number(batch.lastOffset()) + 1;
  }

  private async read(json: string): Promise<void> {
    try {
      const { watermark } = readPayload('Watermark', 1, JSON.parse(json));
      const read = this.reading.next();
      const ends = await this.ends();
      await failpoint(failpoints.watermarkRead);
      this.reading.readWatermark(watermark, read, ends);
    } catch (error) {
      if (isFault(error)) {
        this.onFault(error);
        return;
      }
      // The next one comes in a second; until then `asOf` grows older, which is the truth.
      this.logger.warn({ err: error }, 'watermark not read');
    }
  }
}
