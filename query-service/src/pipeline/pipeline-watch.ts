import { setTimeout as wait } from 'node:timers/promises';
import { type Pipeline, worstOf } from 'contracts/pipeline';
import { standstillOf } from 'contracts/pipeline-faults';
import type { EventConsumer } from '../consumer/consumer';
import type { Replica } from '../replica';
import { consumerFaults, consumerHop, type OwnState, unknownRelay, viewsHop } from './hops';
import type { RelayKeeper } from './relay';

/** How long one answer is shared by all callers. */
const sharedForMs = 500;
const askKafkaForMs = 1_000;

/** Looks at the whole pipeline when somebody asks; simultaneous callers share one look. */
export class PipelineWatch {
  private last: { at: number; answer: Promise<Pipeline> } | undefined;
  private asking: Promise<number | null> | undefined;

  constructor(
    private readonly replica: Replica,
    private readonly relay: RelayKeeper,
  ) {}

  /** Never rejects: a part that does not answer is unknown. */
  look(): Promise<Pipeline> {
    const now = performance.now();
    if (this.last === undefined || now - this.last.at > sharedForMs) {
      this.last = { at: now, answer: this.lookAnew() };
    }
    return this.last.answer;
  }

  private async lookAnew(): Promise<Pipeline> {
    const consumer = this.replica.serving.consumer;
    const arrived = consumer?.reading.arrived ?? null;
    const [relay, behind] = await Promise.all([
      this.relay.look(arrived),
      consumer === null ? null : this.behind(consumer),
    ]);
    const own = this.ownState(arrived, behind);
    const comparisons = relay?.comparisons ?? null;
    const standstill =
      relay?.standstill ?? standstillOf(consumerFaults(own), own.asOf ?? own.arrived);
    const hops = [
      ...(relay?.hops ?? unknownRelay()),
      consumerHop(own),
      viewsHop(own, comparisons, standstill),
    ];
    return {
      at: new Date().toISOString(),
      state: worstOf(hops),
      hops,
      standstill,
      asOf: own.asOf,
      staleSeconds: own.staleSeconds,
      stale: own.stale,
      openDeadLetters: own.openDeadLetters,
      comparisons,
      changes: this.replica.metrics.traffic.changes,
    };
  }

  private ownState(arrived: string | null, behind: number | null): OwnState {
    const { serving, metrics } = this.replica;
    const { state, asOf, ageSeconds, stale, staleAfterSeconds } = serving;
    const notReady = serving.notReady();
    return {
      views: state,
      notReady,
      halted: state === 'untrusted' ? notReady.join('; ') : null,
      behind,
      arrived,
      asOf,
      staleSeconds: ageSeconds,
      staleAfterSeconds,
      stale,
      openDeadLetters: metrics.openDeadLetters,
      eventsPerSecond: metrics.traffic.perSecond,
    };
  }

  /** Null when Kafka does not answer in time. Kafka is asked once at a time, because kafkajs retries for long. */
  private async behind(consumer: EventConsumer): Promise<number | null> {
    this.asking ??= consumer
      .offsetRanges()
      .then((ranges) => consumer.reading.behindOf(ranges))
      .catch(() => null)
      .finally(() => (this.asking = undefined));
    return Promise.race([this.asking, wait(askKafkaForMs, null, { ref: false })]);
  }
}
