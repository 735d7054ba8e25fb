import { readPayload } from 'contracts/events';
import type { KafkaConnection } from 'kafka-client/connection';
import { KafkaRefusal, kafkaRefusals } from 'kafka-client/refusal';
import { TopicTail } from 'kafka-client/topic-tail';
import type { StateLog } from './state-log';

const againAfterMs = 1_000;

/**
 * Reads the watermark topic, committed records only. Only a watermark that comes through shows that the relay
 * moves: an aborted transaction moves the end of the topic, too.
 */
export class WatermarkReader {
  /** When a watermark was last read, from `performance.now()`; null: not yet. */
  arrivedAt: number | null = null;
  /** The watermark that was read last. */
  watermark: string | null = null;
  private tail: TopicTail | undefined;
  private readonly refusals = kafkaRefusals();

  constructor(
    private readonly connection: KafkaConnection,
    private readonly topic: string,
    private readonly states: StateLog,
  ) {}

  /** Never throws: until the topic is there and can be read, the next turn tries again. */
  async turn(): Promise<number> {
    if (this.tail !== undefined) return againAfterMs;
    try {
      this.refusals.check();
    } catch {
      return againAfterMs;
    }
    const tail = new TopicTail(this.connection, {
      clientId: 'relay-keeper',
      topic: this.topic,
      receive: (value) => {
        const watermark = watermarkIn(value);
        if (watermark === null) return;
        this.watermark = watermark;
        this.arrivedAt = performance.now();
        this.note();
      },
      onCrash: (error) => {
        this.note(error);
        void this.forget(tail);
      },
    });
    this.tail = tail;
    try {
      await tail.start();
    } catch (error) {
      this.note(error);
      await this.forget(tail);
    }
    return againAfterMs;
  }

  async close(): Promise<void> {
    if (this.tail !== undefined) await this.forget(this.tail);
  }

  /**
   * Says only which ACL is missing. Who asks for the topics says it of a login; of all else, readers of `arrivedAt` see that no
   * watermark arrives.
   */
  private note(error?: unknown): void {
    this.refusals.note(error);
    this.states.report(
      'watermarks',
      error instanceof KafkaRefusal && !error.isOfAll ? [error.message] : [],
    );
  }

  private async forget(tail: TopicTail): Promise<void> {
    if (this.tail === tail) this.tail = undefined;
    await tail.stop();
  }
}

function watermarkIn(value: Buffer | null): string | null {
  try {
    return readPayload('Watermark', 1, JSON.parse(value?.toString() ?? '')).watermark;
  } catch {
    return null;
  }
}
