import { setTimeout as wait } from 'node:timers/promises';
import type { KafkaAdmin } from 'kafka-client/kafka-admin';
import type { Sql } from 'service-kit/sql';
import { type OutboxFlow, outboxFlow } from './outbox-flow';

/** What moves at this moment; null: could not be asked, or not known yet. */
export interface Flow {
  /** Events written to the outbox per second. */
  readonly written: number | null;
  /** Events that should have come to Kafka by now and are not known to have. */
  readonly waiting: number | null;
  /** Seconds since the oldest of them was written, by PostgreSQL's clock. */
  readonly waitingSeconds: number | null;
  readonly topics: TopicsFlow | null;
}

export interface TopicsFlow {
  /** The sum of a topic's end offsets, transaction markers included. */
  readonly ends: Readonly<Record<string, number>>;
  /** Growth of all of them; null until they were asked for twice. */
  readonly perSecond: number | null;
}

const rateOverMs = 10_000;
/** Who asks waits for a second: what a silent neighbour knows is not known then. */
const neighbourForMs = 600;

/** Looks at what moves, when somebody asks: an idle system does not pay for it. */
export class FlowMeter {
  /** Kafka is asked once at a time. */
  private asking: Promise<TopicsFlow | null> | undefined;
  private samples: { at: number; total: number }[] = [];

  constructor(
    private readonly sql: Sql,
    private readonly kafka: KafkaAdmin,
    private readonly topics: readonly string[],
  ) {}

  /**
   * Never throws: what cannot be asked is null, and the hop's state says why.
   *
   * @param arrived the newest watermark that has come through; null: not known
   */
  async look(arrived: Date | null): Promise<Flow> {
    this.asking ??= this.lookAtTopics()
      .catch(() => null)
      .finally(() => (this.asking = undefined));
    const [outbox, topics] = await Promise.all([
      inTime(
        outboxFlow(this.sql, arrived).catch(() => nothingKnown),
        nothingKnown,
      ),
      inTime(this.asking, null),
    ]);
    return { ...outbox, topics };
  }

  private async lookAtTopics(): Promise<TopicsFlow> {
    const ends: Record<string, number> = {};
    for (const { topic, high } of await this.kafka.offsetRanges(this.topics)) {
      ends[topic] = (ends[topic] ?? 0) + high;
    }
    const now = performance.now();
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

const inTime = <T>(answer: Promise<T>, otherwise: T): Promise<T> =>
  Promise.race([answer, wait(neighbourForMs, otherwise, { ref: false })]);

const nothingKnown: OutboxFlow = { written: null, waiting: null, waitingSeconds: null };
