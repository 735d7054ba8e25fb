import type { Pool } from 'pg';
import type { ConnectRest } from './connect-rest';
import type { KafkaAdmin } from './kafka-admin';
import type { Observation, Seen } from './observation';
import { reason } from './reason';
import { findSlot } from './slot';
import { endOffset, findTopics, type TopicsFound, type WantedTopic } from './topics';
import type { WatermarkBeat } from './watermark-beat';

export interface Neighbours {
  kafka: KafkaAdmin;
  connect: ConnectRest;
  pool: Pool;
}

/** Looks at everything once. Never throws: a neighbour that does not answer is an observation too. */
export class Observer {
  private arrival: { offset: string; at: number | null } | undefined;

  constructor(
    private readonly neighbours: Neighbours,
    private readonly connectorName: string,
    private readonly topics: WantedTopic[],
    private readonly watermarkTopic: string,
    private readonly beat: WatermarkBeat,
  ) {}

  async observe(): Promise<Observation> {
    const { kafka, connect, pool } = this.neighbours;
    const [topics, connector, slot] = await Promise.all([
      see(() => kafka.with((admin) => findTopics(admin, this.topics))),
      see(() => connect.find(this.connectorName)),
      see(() => findSlot(pool)),
    ]);
    await this.noticeArrival(topics);
    return {
      at: Date.now(),
      topics,
      connector,
      slot,
      watermark: {
        writtenAt: this.beat.last?.writtenAt ?? null,
        arrivedAt: this.arrival?.at ?? null,
      },
    };
  }

  /** The first offset seen says nothing; a later one that differs shows that the relay moves. */
  private async noticeArrival(topics: Seen<TopicsFound>): Promise<void> {
    if (!topics.ok || topics.value.missing.length > 0) return;
    const end = await see(() =>
      this.neighbours.kafka.with((admin) => endOffset(admin, this.watermarkTopic)),
    );
    if (!end.ok || end.value === undefined || end.value === this.arrival?.offset) return;
    this.arrival = { offset: end.value, at: this.arrival === undefined ? null : Date.now() };
  }
}

async function see<T>(look: () => Promise<T>): Promise<Seen<T>> {
  try {
    return { ok: true, value: await look() };
  } catch (error) {
    return { ok: false, reason: reason(error) };
  }
}
