import { setTimeout as wait } from 'node:timers/promises';
import { type Pipeline, worstOf } from 'contracts/pipeline';
import type { EventConsumer } from '../consumer/consumer';
import type { Projection } from '../projection';
import { consumerHop, type OwnState, unknownRelay, viewsHop } from './hops';
import type { RelayKeeper } from './relay';

/** Everybody who asks within this time gets the same answer. */
const sharedForMs = 500;
const askKafkaForMs = 1_000;

/** Looks at the whole pipeline when somebody asks, however many do at once. */
export class PipelineWatch {
  private last: { at: number; answer: Promise<Pipeline> } | undefined;
  private asking: Promise<number | null> | undefined;

  constructor(
    private readonly projection: Projection,
    private readonly relay: RelayKeeper,
  ) {}

  /** Never rejects: what cannot be asked is unknown. */
  look(): Promise<Pipeline> {
    const now = performance.now();
    if (this.last === undefined || now - this.last.at > sharedForMs) {
      this.last = { at: now, answer: this.lookAnew() };
    }
    return this.last.answer;
  }

  private async lookAnew(): Promise<Pipeline> {
    const consumer = this.projection.consumer;
    const arrived = consumer?.reading.arrived ?? null;
    const [relay, behind] = await Promise.all([
      this.relay.look(arrived),
      consumer === null ? null : this.behind(consumer),
    ]);
    const own = this.ownState(arrived, behind);
    const comparisons = relay?.comparisons ?? null;
    const hops = [...(relay?.hops ?? unknownRelay()), consumerHop(own), viewsHop(own, comparisons)];
    return {
      at: new Date().toISOString(),
      state: worstOf(hops),
      hops,
      asOf: own.asOf,
      staleSeconds: own.staleSeconds,
      openDeadLetters: own.openDeadLetters,
      comparisons,
      changes: this.projection.metrics.traffic.changes,
    };
  }

  private ownState(arrived: string | null, behind: number | null): OwnState {
    const { state, asOf, metrics } = this.projection;
    return {
      views: state,
      notReady: this.projection.notReady(),
      halted: state === 'untrusted',
      behind,
      arrived,
      asOf,
      staleSeconds: asOf === null ? null : Math.max(0, Date.now() - Date.parse(asOf)) / 1_000,
      openDeadLetters: metrics.openDeadLetters,
      openGaps: metrics.openGaps,
      eventsPerSecond: metrics.traffic.perSecond,
    };
  }

  /** Null when Kafka does not answer in time. It is asked once at a time: kafkajs tries on for long. */
  private async behind(consumer: EventConsumer): Promise<number | null> {
    this.asking ??= consumer
      .ends()
      .then((ends) => consumer.reading.behindOf(ends))
      .catch(() => null)
      .finally(() => (this.asking = undefined));
    return Promise.race([this.asking, wait(askKafkaForMs, null, { ref: false })]);
  }
}
