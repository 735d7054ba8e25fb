import type { KafkaAdmin } from 'kafka-client/kafka-admin';
import { reason } from 'service-kit/command-errors';
import type { Sql } from 'service-kit/sql';
import type { RelayKeeperConfig } from './config';
import type { ConnectRest } from './connect-rest';
import type { HistoryWatch } from './history/watch';
import type { Observation } from './observation';
import type { Seen } from './seen';
import { findSlot, isBesideSlot } from './slot';
import { findStandbys } from './standbys';
import {
  disagreements,
  findTopicNames,
  findTopics,
  type TopicNames,
  type TopicsFound,
  wantedTopics,
} from './topics';
import type { UnsendableWatch } from './unsendable/watch';
import type { WatermarkReader } from './watermark-reader';
import type { WatermarkWriter } from './watermark-writer';

export interface Neighbours {
  kafka: KafkaAdmin;
  connect: ConnectRest;
  sql: Sql;
}

interface ObserverOptions {
  readonly neighbours: Neighbours;
  readonly connectorName: string;
  readonly config: RelayKeeperConfig;
  readonly writer: WatermarkWriter;
  readonly reader: WatermarkReader;
  readonly unsendable: UnsendableWatch;
  readonly history: HistoryWatch;
}

/** Looks at everything once. Never throws: a neighbour that does not answer is an observation too. */
export class Observer {
  /** The topics' names as the database last told them; undefined until it has answered. */
  private names: TopicNames | undefined;
  private failure: { readonly cause: string; readonly at: number } | null = null;

  constructor(private readonly options: ObserverOptions) {}

  async observe(): Promise<Observation> {
    const { connect, sql } = this.options.neighbours;
    const [topics, connector, slot, history, standbys] = await Promise.all([
      see(() => this.findTopics()),
      see(() => connect.find(this.options.connectorName)),
      see(() => findSlot(sql)),
      see(() => this.options.history.look()),
      see(() => findStandbys(sql)),
    ]);
    const { writer, reader } = this.options;
    const { arrivedAt } = reader;
    const beside = await see(() => this.isBesideSlot(connector, slot));
    return {
      at: performance.now(),
      topics,
      connector,
      failure: this.failureOf(connector),
      history,
      standbys,
      slot,
      isBesideSlot: beside.ok && beside.value,
      unsendable: this.options.unsendable.found,
      watermark: { writtenAt: writer.last?.writtenAt ?? null, failure: writer.failure, arrivedAt },
    };
  }

  /**
   * A task that fails again and again is RUNNING in between, and may resend what precedes the event that it fails at.
   * So its failure counts until a watermark comes through that was written after it.
   */
  private failureOf(connector: Observation['connector']): string | null {
    const found = connector.ok ? connector.value : null;
    const failed = [found, ...(found?.tasks ?? [])].find((part) => part?.state === 'FAILED');
    if (failed != null) this.failure = { cause: failed.trace ?? 'FAILED', at: performance.now() };
    const { writer, reader } = this.options;
    const through = reader.watermark === null ? undefined : writer.writtenAt(reader.watermark);
    if (this.failure !== null && through !== undefined && through > this.failure.at) {
      this.failure = null;
    }
    return this.failure?.cause ?? null;
  }

  /** Asks Connect only while the slot is idle under a running task, because Connect reads a topic for its answer. */
  private async isBesideSlot(
    connector: Observation['connector'],
    slot: Observation['slot'],
  ): Promise<boolean> {
    const isRunning = connector.ok && connector.value?.state === 'RUNNING';
    if (!isRunning || !slot.ok || slot.value === null || slot.value.active) return false;
    const { connect, sql } = this.options.neighbours;
    if (slot.value.walStatus === 'lost' || !(await isBesideSlot(sql))) return false;
    return !(await connect.hasPosition(this.options.connectorName));
  }

  /** Reports no topic as missing until the database has told their names, so that no wrong ones are created. */
  private async findTopics(): Promise<TopicsFound> {
    const { kafka, sql } = this.options.neighbours;
    const names = await see(() => findTopicNames(sql));
    if (names.ok) this.names = names.value;
    const wanted = wantedTopics(this.options.config, this.names);
    const found = await findTopics(kafka, wanted);
    if (this.names === undefined) return { ...found, missing: [] };
    return {
      ...found,
      faults: [...disagreements(this.options.config.topics, this.names), ...found.faults],
    };
  }
}

async function see<T>(look: () => Promise<T>): Promise<Seen<T>> {
  try {
    return { ok: true, value: await look() };
  } catch (error) {
    const { code } = error as { code?: unknown };
    return { ok: false, reason: reason(error), ...(typeof code === 'string' && { code }) };
  }
}
