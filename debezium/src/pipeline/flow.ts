import { setTimeout as wait } from 'node:timers/promises';
import type { KafkaAdmin } from 'kafka-client/kafka-admin';
import type { Sql } from 'service-kit/sql';
import { type OutboxFlow, outboxFlow } from './outbox-flow';

/** The rates of this moment; null where one could not be asked for, or is not known yet. */
export interface Flow {
  /** Events written to the outbox per second. */
  readonly written: number | null;
  /** Events that should have come to Kafka by now and are not known to have. */
  readonly waiting: number | null;
  /** Seconds since the oldest of them was written, by PostgreSQL's clock. */
  readonly waitingSeconds: number | null;
  readonly topics: TopicsFlow | null;
}

interface TopicsFlow {
  /** The sum of a topic's end offsets, transaction markers included. */
  readonly ends: Readonly<Record<string, number>>;
  /** Their growth together; null until they were asked for twice. */
  readonly perSecond: number | null;
}

const rateOverMs = 10_000;
/** How long a neighbour is waited for: the caller gives up after a second. */
const neighbourForMs = 600;

/** Measures rates only when somebody asks, so that an idle system does not pay for it. */
export class FlowMeter {
  /** The running request to Kafka; there is one at a time. */
  private asking: Promise<TopicsFlow | null> | undefined;
  private samples: { at: number; total: number }[] = [];

  constructor(
    private readonly sql: Sql,
    private readonly kafka: KafkaAdmin,
    private readonly topics: readonly string[],
  ) {}

  /**
   * Never throws: a part that does not answer is null, and its hop's state says why.
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
    // A topic that was created anew begins again at 0.
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
