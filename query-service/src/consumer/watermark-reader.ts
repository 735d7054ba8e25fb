import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
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
  private hasSeveralBrokers = false;
  /** Of several brokers: the newest that came. */
  private last: KafkaMessage | undefined;

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

  /** @param next where reading begins */
  begin(next: number, brokers: number): void {
    this.next = next;
    this.hasSeveralBrokers = brokers > 1;
  }

  take(batch: Pick<EachBatchPayload['batch'], 'messages' | 'lastOffset'>): void {
    const newest = this.newestOf(batch.messages);
    if (newest?.value) void this.read(newest.value.toString());
    this.next = Number(batch.lastOffset()) + 1;
  }

  /**
   * The newest watermark at whose ends everything before it stands. A transaction does not become visible on all
   * brokers at once; but the next one begins when it has. So with several, one counts when it is followed by
   * one of a later transaction: the marker that ended its own stands between them, and takes an offset.
   */
  private newestOf(messages: readonly KafkaMessage[]): KafkaMessage | undefined {
    if (!this.hasSeveralBrokers) return messages.at(-1);
    let ended: KafkaMessage | undefined;
    for (const message of messages) {
      const { last } = this;
      if (last !== undefined && Number(message.offset) > Number(last.offset) + 1) ended = last;
      this.last = message;
    }
    return ended;
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
