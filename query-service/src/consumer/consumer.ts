import { setTimeout as wait } from 'node:timers/promises';
import type { Admin, Consumer, EachBatchPayload } from 'kafkajs';
import { failpoint } from 'service-kit/failpoints';
import type { Logger } from 'service-kit/logger';
import type { Applier } from '../apply/applier';
import { checkHistory, lostRanges, partitionName, type PartitionOffsets } from '../apply/history';
import type { ViewStore } from '../store/view-store';
import { collectGarbage } from '../collect-garbage';
import { failpoints } from '../failpoints';
import { createClient, type KafkaSettings } from './client';
import { endOffsets, readClusterState, type ClusterState } from './cluster';
import { commitPositions } from './commit-positions';
import { isFault, type Fault } from './fault';
import { freeGroup, removeGroups } from './group';
import { ReadAhead, type Sink } from './read-ahead';
import { Reading } from './reading';
import { toRecord } from './record';
import { watchTopics } from './topic-watch';
import { WatermarkReader } from './watermark-reader';

const retryConnectMs = 500;

/** Whose batches are handled together. Further ones have their turn behind them. */
const mostPartitions = 100;

/**
 * A topic that was deleted is told to a fetch that waits for it. In a pause between two fetches, such as
 * a long transaction makes, it can be created anew and grow: so behind a long one, what was read is checked.
 */
const longPauseMs = 1_000;

/** Records that leave a heap behind which is worth collecting. */
const manyRecords = 100_000;

/** Where batches go, and what is known of where reading stands. */
export type Feed = Sink & Pick<Applier, 'accept' | 'stored' | 'resumeFrom'>;

/**
 * Reads the event topics into the applier. While that writes a fetch, the next one is on its way.
 *
 * Where reading resumes is the store's business alone. Offsets committed to Kafka are for lag
 * monitoring, nothing reads them here.
 */
export class EventConsumer {
  private readonly admin: Admin;
  private readonly createConsumer: (groupId: string) => Consumer;
  /** Null until the cluster answers. */
  private consumer: Consumer | null = null;
  private readonly stopping = new AbortController();
  /** Null while kafkajs is in no group: before it has joined, and between a crash and the join behind it. */
  private assignment: Record<string, number[]> | null = null;
  /** Partitions whose present batch is not to be applied. There is one batch of each at a time. */
  private readonly stale = new Set<string>();
  private readonly ahead = new ReadAhead((reason) => this.onLost(reason));
  private running: Promise<unknown> = Promise.resolve();
  /** What a reader of the views has to know. */
  readonly reading = new Reading();
  private readonly watermarks: WatermarkReader;
  private hasMuchToRead = false;

  /**
   * @param onCrash called when reading ended for good, with no way on in this process
   * @param onHalt called when reading ended until an operator decides
   */
  constructor(
    private readonly settings: KafkaSettings,
    private store: ViewStore,
    private applier: Feed,
    private readonly logger: Logger,
    private readonly onCrash: (error: unknown) => void,
    private readonly onHalt: (fault: Fault) => void,
  ) {
    const { admin, createConsumer } = createClient(
      settings,
      logger,
      (fault) => this.halt(fault),
      () => this.isReading,
    );
    this.admin = admin;
    this.createConsumer = createConsumer;
    this.watermarks = new WatermarkReader(
      this.reading,
      () => this.ends(),
      (fault) => this.halt(fault),
      logger,
    );
  }

  /** Starts reading in the background; what it waits for is told by `reading`. */
  start(): void {
    this.running = this.run().catch((error: unknown) => {
      if (isFault(error)) this.halt(error);
      else if (!this.stopping.signal.aborted) this.onCrash(error);
    });
  }

  /**
   * Goes on with other views, which have read at least as far: what they have is skipped. Called between
   * two batches; positions and `As-Of` stay true.
   */
  follow(store: ViewStore, applier: Feed): void {
    this.store = store;
    this.applier = applier;
  }

  /** The first and the next offset of each event partition, now. */
  ends(): Promise<PartitionOffsets[]> {
    return endOffsets(this.admin, this.settings.eventTopics);
  }

  /** From now on nothing is handed over any more. `stop` has still to be called. */
  detach(): void {
    this.stopping.abort();
  }

  /** Finishes what was handed over, leaves the group, disconnects. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await this.consumer?.disconnect();
    await this.ahead.settled();
    await this.admin.disconnect();
  }

  private async run(): Promise<void> {
    const cluster = await this.awaitCluster();
    if (cluster === null) return;
    const consumer = this.createConsumer(cluster.group);
    this.consumer = consumer;
    await this.acceptRewound(cluster);
    const beginnings = await this.store.acceptedBeginnings();
    const origin = await this.store.origin();
    const stored = this.applier.stored();
    checkHistory(stored, origin, cluster.clusterId, cluster.offsets, beginnings);
    await this.store.setClusterId(cluster.clusterId);
    this.reading.begin(cluster.offsets);
    for (const { topic, partition, offset } of beginnings) {
      this.reading.advance(topic, partition, offset);
    }
    for (const { topic, partition, offset } of stored) {
      this.reading.advance(topic, partition, offset + 1);
    }
    this.hasMuchToRead = this.reading.behind > manyRecords;
    this.watermarks.begin(cluster.watermarkEnd, cluster.brokers);

    const { GROUP_JOIN, STOP, FETCH_START, FETCH, END_BATCH_PROCESS, CRASH } = consumer.events;
    consumer.on(GROUP_JOIN, ({ payload }) => this.onJoin(consumer, payload.memberAssignment));
    consumer.on(STOP, () => (this.assignment = null));
    let fetched = performance.now();
    consumer.on(FETCH, () => (fetched = performance.now()));
    // Before the request is made, as after a join.
    consumer.on(FETCH_START, () => {
      if (performance.now() - fetched > longPauseMs) this.resume(consumer);
    });
    consumer.on(END_BATCH_PROCESS, ({ payload }) =>
      this.onTaken(payload.topic, payload.partition, Number(payload.lastOffset) + 1),
    );
    consumer.on(CRASH, ({ payload }) => {
      if (!payload.restart && this.isReading) this.onCrash(payload.error);
    });
    const topics = [...this.settings.eventTopics, this.settings.watermarkTopic];
    await consumer.connect();
    await consumer.subscribe({ topics, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      // All of a fetch at once, so that one transaction applies it. They share the one event loop.
      partitionsConsumedConcurrently: mostPartitions,
      eachBatch: (payload) => this.eachBatch(payload),
    });
    const watched = watchTopics(
      this.admin,
      this.settings.eventTopics,
      () => this.reading.next(),
      (fault) => this.halt(fault),
      this.logger,
      this.stopping.signal,
    );
    await Promise.all([
      commitPositions(consumer, this.reading, this.logger, this.stopping.signal),
      watched,
      this.removeOtherGroups(cluster.group),
    ]);
  }

  /** After a rewind: what the topics hold now is what there is, and what nobody can read is parked. */
  private async acceptRewound({ clusterId, offsets }: ClusterState): Promise<void> {
    const rewound = await this.store.rewound();
    if (rewound === null) return;
    const beginnings = offsets
      .filter(({ low }) => low > 0)
      .map(({ topic, partition, low }) => ({ topic, partition, offset: low }));
    const lost = lostRanges(rewound, clusterId, offsets);
    await this.applier.accept(beginnings, lost);
    for (const range of lost) this.logger.error(range, 'deleted before it was read: parked');
  }

  /** Null when stopped meanwhile. */
  private async awaitCluster(): Promise<(ClusterState & { group: string }) | null> {
    while (!this.stopping.signal.aborted) {
      try {
        await this.admin.connect();
        const { eventTopics, watermarkTopic, groupId } = this.settings;
        const cluster = await readClusterState(this.admin, eventTopics, watermarkTopic);
        return { ...cluster, group: await freeGroup(this.admin, groupId) };
      } catch (error) {
        this.reading.wait((error as Error).message);
        await wait(retryConnectMs, undefined, { signal: this.stopping.signal }).catch(() => null);
      }
    }
    return null;
  }

  /**
   * kafkajs calls this between joining and the first fetch, and does not wait for promises: every
   * partition is set to where the store stands, from memory.
   */
  private onJoin(consumer: Consumer, assignment: Record<string, number[]>): void {
    const { watermarkTopic } = this.settings;
    if (!this.isReading) {
      // Reading ended while kafkajs was connecting: it would stay a member that reads nothing.
      void this.consumer?.disconnect();
      return;
    }
    this.assignment = assignment;
    this.resume(consumer);
    for (const partition of assignment[watermarkTopic] ?? []) {
      const offset = String(this.watermarks.next);
      consumer.seek({ topic: watermarkTopic, partition, offset });
    }
    const unassigned = this.reading.assign(assignment);
    if (unassigned.length > 0) {
      this.logger.error({ unassigned }, 'another member of this group reads for this replica');
    }
  }

  private resume(consumer: Consumer): void {
    // Its views may be read into by somebody else by now, who must not wait for what is sought here. Without a
    // group there is nothing to seek in: joining one leads here again.
    if (!this.isReading || this.assignment === null) return;
    for (const topic of this.settings.eventTopics) {
      for (const partition of this.assignment[topic] ?? []) {
        const offset = String(this.applier.resumeFrom(topic, partition));
        consumer.seek({ topic, partition, offset });
      }
    }
  }

  private async eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const isWatermark = batch.topic === this.settings.watermarkTopic;
    if (!isWatermark) await failpoint(failpoints.batchFetched);
    if (!this.isReading) return;
    this.ahead.throwLost();
    // Fetched before a seek, as a join sets it: the fetch that follows begins with the stored record.
    const name = partitionName(batch.topic, batch.partition);
    if (payload.isStale()) {
      this.stale.add(name);
      return;
    }
    this.stale.delete(name);
    if (isWatermark) {
      this.watermarks.take(batch);
    } else {
      const records = batch.messages.map((message) => toRecord(batch, message));
      await this.ahead.handOver(records, this.applier);
    }
    payload.resolveOffset(batch.lastOffset());
  }

  /** What was fetched behind it is given up, too: it is fetched again, from where the store stands. */
  private onLost(reason: unknown): void {
    if (isFault(reason)) this.halt(reason);
    else if (this.consumer !== null) this.resume(this.consumer);
  }

  /** kafkajs fetches what lies behind. These records count as read when they are applied. */
  private onTaken(topic: string, partition: number, next: number): void {
    // A stale batch, or one that ran into a fault or came when reading was over, was not handed over.
    if (!this.isReading || this.stale.has(partitionName(topic, partition))) return;
    this.ahead.whenApplied(() => this.onPosition(topic, partition, next));
  }

  private onPosition(topic: string, partition: number, next: number): void {
    if (!this.isReading) return;
    const wasBehind = !this.reading.caughtUp;
    this.reading.advance(topic, partition, next);
    if (!wasBehind || !this.reading.caughtUp) return;
    this.logger.info('caught up with the end at start');
    if (this.hasMuchToRead) collectGarbage();
  }

  private get isReading(): boolean {
    return this.reading.halted === null && !this.stopping.signal.aborted;
  }

  /** Of predecessors that were killed: who watches the lag finds one group. */
  private removeOtherGroups(group: string): Promise<void> {
    const { brokers, groupId } = this.settings;
    const { signal } = this.stopping;
    return removeGroups(brokers, groupId, group, this.logger, signal, () => true);
  }

  /** Stops reading and says why, loudly. Reads of the views go on. */
  halt(fault: Fault): void {
    if (this.reading.halted !== null) return;
    this.reading.halt(fault.message);
    this.logger.error({ fault: fault.message }, 'consumption has halted');
    this.onHalt(fault);
    // Not awaited: it waits for the batch that is being handled.
    void this.consumer?.disconnect();
  }
}
