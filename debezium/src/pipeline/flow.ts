import type { Pool } from 'pg';
import type { KafkaAdmin } from '../kafka-admin';
import { type OutboxFlow, outboxFlow } from './outbox-flow';

/** What moves at this moment; null: could not be asked, or not known yet. */
export interface Flow {
  /** Events written to the outbox per second. */
  readonly written: number | null;
  /** Events that should have come to Kafka by now and are not known to have. */
  readonly waiting: number | null;
  /** When the oldest of them was written, in milliseconds since 1970. */
  readonly oldestWaiting: number | null;
  readonly topics: TopicsFlow | null;
}

export interface TopicsFlow {
  /** The sum of a topic's end offsets, transaction markers included. */
  readonly ends: Readonly<Record<string, number>>;
  /** Growth of all of them; null until they were asked for twice. */
  readonly perSecond: number | null;
}

const rateOverMs = 10_000;

/** Looks at what moves, when somebody asks: an idle system does not pay for it. */
export class FlowMeter {
  private samples: { at: number; total: number }[] = [];

  constructor(
    private readonly pool: Pool,
    private readonly kafka: KafkaAdmin,
    private readonly topics: readonly string[],
  ) {}

  /**
   * Never throws: what cannot be asked is null, and the hop's state says why.
   *
   * @param arrived the newest watermark that has come through; null: not known
   */
  async look(arrived: Date | null): Promise<Flow> {
    const [outbox, topics] = await Promise.all([
      outboxFlow(this.pool, arrived).catch((): OutboxFlow => nothingKnown),
      this.lookAtTopics().catch(() => null),
    ]);
    return { ...outbox, topics };
  }

  private async lookAtTopics(): Promise<TopicsFlow> {
    const ends: Record<string, number> = {};
    await this.kafka.with(async (admin) => {
      for (const topic of this.topics) {
        const partitions = await admin.fetchTopicOffsets(topic);
        ends[topic] = partitions.reduce((sum, { high }) => sum + Number(high), 0);
      }
    });
    const now = Date.now();
    const total = Object.values(ends).reduce((sum, end) => sum + end, 0);
    // Topics that were created anew begin again.
    const before = this.samples.filter(
      (sample) => now - sample.at <= rateOverMs && sample.total <= total,
    );
    this.samples = [...before, { at: now, total }];
    const [first] = before;
    if (first === undefined || first.at === now) return { ends, perSecond: null };
    return { ends, perSecond: ((total - first.total) * 1_000) / (now - first.at) };
  }
}

const nothingKnown: OutboxFlow = { written: null, waiting: null, oldestWaiting: null };
