import { eventTopics } from 'contracts/topics';
import type { Admin, Consumer, EachBatchPayload } from 'kafkajs';
import { undecodableOf } from 'kafka-client/fetch-response';
import { offsetRanges, type PartitionOffsets } from 'kafka-client/offset-ranges';
import { clearError } from 'kafka-client/refusal';
import { failpoint } from 'service-kit/failpoints';
import type { Logger } from 'service-kit/logger';
import { pause } from 'service-kit/pauses';
import type { ApplyQueue } from '../apply/apply-queue';
import { isFault, type Fault } from '../apply/fault';
import { recordName } from '../model/record';
import { checkHistory, lostRanges } from '../model/history';
import type { ViewStore } from '../store/view-store';
import { failpoints } from '../failpoints';
import { createClient, type KafkaSettings } from './client';
import { awaitCluster, type ClusterState } from './cluster';
import { Members } from './members';
import { Reading } from './reading';
import { toRecord } from './record';
import { Seeks } from './seeks';
import { watchTopics } from './topic-watch';
import { WatermarkReader } from './watermark-reader';

/** How many partitions' batches are handled at the same time; further ones follow. */
const mostPartitions = 100;

/**
 * Kafka tells a fetch that is waiting when its topic is deleted. In a pause between two fetches, such as a long
 * transaction makes, the topic can be created anew and grow: so after a long pause, reading resumes as after a join,
 * which checks the history.
 */
const longPauseMs = 1_000;

interface EventConsumerOptions {
  readonly kafka: KafkaSettings;
  /** The store whose positions reading resumes at; the queue writes into the same one. */
  readonly store: ViewStore;
  readonly queue: ApplyQueue;
  readonly logger: Logger;
  /** Called when reading ended for good, with no way on in this process. */
  readonly onCrash: (error: unknown) => void;
  /** Called when reading ended until an operator decides. */
  readonly onHalt: (fault: Fault) => void;
  /**
   * Given to a member of a group, which shares the partitions with others as it shares the store; called when they have changed
   * what it takes to read on. Left out: it reads all partitions.
   */
  readonly onMoved?: () => void;
}

/**
 * Reads the event topics into the apply queue. While that writes a fetch, the next one is on its way.
 *
 * Where reading resumes is the store's business alone: no offset is committed to Kafka.
 */
export class EventConsumer {
  /** What a reader of the views has to know. */
  readonly reading: Reading;
  private store: ViewStore;
  private readonly queue: ApplyQueue;
  private readonly logger: Logger;
  private readonly eventTopics: readonly string[];
  private readonly watermarkTopic: string;
  private readonly admin: Admin;
  private readonly consumer: Consumer;
  /** Reads the watermarks: each member all of them, whatever partitions it is given. */
  private readonly watermarkConsumer: Consumer;
  /** Null: nobody else reads for these views. */
  private readonly members: Members | null;
  private readonly seeks: Seeks;
  private readonly watermarks: WatermarkReader;
  /** Null while kafkajs is in no group: before its first join, and between a crash and the next join. */
  private assignment: Record<string, number[]> | null = null;
  private readonly stopping = new AbortController();
  private running: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: EventConsumerOptions) {
    const { kafka, store, queue, logger, onMoved } = options;
    const isMember = onMoved !== undefined;
    this.reading = new Reading(isMember);
    this.store = store;
    this.queue = queue;
    this.logger = logger;
    this.eventTopics = eventTopics(kafka.topics);
    this.watermarkTopic = kafka.watermarkTopic;
    const onFault = (fault: Fault): void => this.halt(fault);
    const clientOf = (inGroup: boolean) =>
      createClient(kafka, inGroup, logger, onFault, () => this.isReading);
    const client = clientOf(isMember);
    this.admin = client.admin;
    this.consumer = client.consumer;
    this.watermarkConsumer = isMember ? clientOf(false).consumer : client.consumer;
    this.members = onMoved === undefined ? null : this.memberOf(options, onMoved);
    this.seeks = new Seeks(this.consumer);
    this.watermarks = new WatermarkReader(this.reading, () => this.offsetRanges(), onFault, logger);
    queue.onLost = (reason) => this.onLost(reason);
  }

  /** Starts reading in the background; `reading` says what it waits for. */
  start(): void {
    this.running = this.run().catch((error: unknown) => {
      if (isFault(error)) this.halt(error);
      else if (!this.stopping.signal.aborted) this.options.onCrash(this.clear(error));
    });
  }

  /**
   * Goes on with another store, which has read at least as far. Called between two batches, when the queue leads there;
   * positions and `As-Of` stay true.
   */
  follow(store: ViewStore): void {
    this.store = store;
    this.members?.forget();
  }

  /**
   * The present offsets of each event partition. New partitions are read from now on.
   *
   * @throws {HistoryFault} when the first records of a new partition are gone
   */
  async offsetRanges(): Promise<PartitionOffsets[]> {
    const ranges = await offsetRanges(this.admin, this.eventTopics);
    const added = this.reading.grow(ranges);
    if (added.length > 0) this.logger.warn({ added }, 'partitions were added');
    if (added.length > 0) await this.store.sharing?.checkPartitions(partitionsOf(ranges));
    return ranges;
  }

  /** Hands over no more batches. Call `stop` afterwards. */
  detach(): void {
    this.stopping.abort();
  }

  /** Finishes the batches that were handed over, leaves the group and disconnects. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await this.disconnect();
    await this.queue.idle();
    await this.admin.disconnect();
  }

  /** Stops reading and says why, loudly. Reads of the views go on. */
  halt(fault: Fault): void {
    if (this.reading.halted !== null) return;
    this.reading.halt(fault.message);
    this.logger.error({ fault: fault.message }, 'consumption has halted');
    this.options.onHalt(fault);
    // Not awaited: it waits for the batch that is being handled.
    void this.disconnect();
  }

  private async disconnect(): Promise<void> {
    await this.consumer.disconnect();
    if (this.members !== null) await this.watermarkConsumer.disconnect();
  }

  private memberOf({ queue, logger }: EventConsumerOptions, onMoved: () => void): Members {
    return new Members({
      sharing: () => {
        if (this.store.sharing === null) throw new TypeError('nobody shares this store');
        return this.store.sharing;
      },
      onSight: async ({ progress, positions, openDeadLetters }, isNews) => {
        for (const { topic, partition, offset } of progress) {
          this.reading.advance(topic, partition, offset + 1);
        }
        for (const { topic, partition, offset } of positions) {
          this.reading.advance(topic, partition, offset);
        }
        await queue.applier.noteOthers(openDeadLetters, isNews);
      },
      onBlind: (why) => this.reading.blindTo(why),
      onMoved,
      logger,
    });
  }

  private async run(): Promise<void> {
    const { admin, eventTopics, watermarkTopic } = this;
    const { signal } = this.stopping;
    const onWaiting = (what: string): void => this.reading.wait(what);
    let said = '';
    const onRefusal = (what: string): void => {
      if (what !== said) this.logger.error(what);
      said = what;
    };
    const cluster = await awaitCluster(
      { admin, connection: this.options.kafka, eventTopics, watermarkTopic },
      onWaiting,
      onRefusal,
      signal,
    );
    if (cluster === null) return;
    await this.begin(cluster);
    await this.consume();
    const following = this.members?.run(signal);
    await watchTopics(
      {
        admin,
        topics: eventTopics,
        next: () => this.reading.next(),
        offsetRanges: () => this.offsetRanges(),
        onFault: (fault) => this.halt(fault),
      },
      this.logger,
      signal,
    );
    await following;
  }

  /** Checks the history and sets where reading begins. @throws {HistoryFault} when store and cluster do not match */
  private async begin(cluster: ClusterState): Promise<void> {
    await this.acceptRewound(cluster);
    const beginnings = await this.store.acceptedBeginnings();
    const origin = await this.store.origin();
    const stored = this.queue.stored();
    checkHistory({ stored, origin, beginnings }, cluster);
    await this.store.setClusterId(cluster.clusterId);
    await this.store.sharing?.checkPartitions(partitionsOf(cluster.offsets));
    this.reading.begin(cluster.offsets);
    for (const { topic, partition, offset } of beginnings) {
      this.reading.advance(topic, partition, offset);
    }
    for (const { topic, partition, offset } of stored) {
      this.reading.advance(topic, partition, offset + 1);
    }
    await this.members?.begin();
    this.watermarks.next = cluster.watermarkEnd;
  }

  /** After a rewind, accepts the topics as they are now; what nobody can read any more is parked. */
  private async acceptRewound({ clusterId, offsets }: ClusterState): Promise<void> {
    const rewound = await this.store.rewound();
    if (rewound === null) return;
    const beginnings = offsets
      .filter(({ low }) => low > 0)
      .map(({ topic, partition, low }) => ({ topic, partition, offset: low }));
    const lost = lostRanges(rewound, clusterId, offsets);
    await this.queue.exclusive((applier) => applier.accept(beginnings, lost));
    for (const range of lost) this.logger.error(range, 'deleted before it was read: parked');
  }

  private async consume(): Promise<void> {
    const { consumer } = this;
    const { GROUP_JOIN, STOP, FETCH_START, FETCH, END_BATCH_PROCESS, CRASH } = consumer.events;
    consumer.on(GROUP_JOIN, ({ payload }) => this.onJoin(payload.memberAssignment));
    consumer.on(STOP, () => (this.assignment = null));
    let fetched = performance.now();
    consumer.on(FETCH, () => (fetched = performance.now()));
    // FETCH_START fires before the request, so a seek here takes effect.
    consumer.on(FETCH_START, () => {
      if (performance.now() - fetched > longPauseMs) this.resume();
    });
    // A finished batch counts as read when its records are applied; kafkajs itself goes on to fetch the next one.
    consumer.on(END_BATCH_PROCESS, ({ payload }) => {
      const next = this.seeks.finished(payload);
      if (next === null || !this.isReading) return;
      const { topic, partition } = payload;
      this.queue.whenApplied(() => this.advance(topic, partition, next));
    });
    consumer.on(CRASH, ({ payload }) => this.onCrash(payload));
    const { watermarkConsumer, watermarkTopic } = this;
    if (watermarkConsumer === consumer) {
      await this.read(consumer, [...this.eventTopics, watermarkTopic]);
      return;
    }
    watermarkConsumer.on(watermarkConsumer.events.GROUP_JOIN, ({ payload }) =>
      this.seekWatermarks(payload.memberAssignment),
    );
    watermarkConsumer.on(watermarkConsumer.events.CRASH, ({ payload }) => this.onCrash(payload));
    await this.read(watermarkConsumer, [watermarkTopic]);
    await this.read(consumer, this.eventTopics);
  }

  private async read(consumer: Consumer, topics: readonly string[]): Promise<void> {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      // All batches of a fetch are handled at once, so that one transaction applies them.
      partitionsConsumedConcurrently: mostPartitions,
      eachBatch: (payload) => this.eachBatch(payload),
    });
  }

  private onCrash({ restart, error }: { restart: boolean; error: Error }): void {
    if (!restart && this.isReading) this.options.onCrash(this.clear(error));
  }

  private clear(error: unknown): unknown {
    return clearError(error, this.options.kafka);
  }

  private seekWatermarks(assignment: Record<string, number[]>): void {
    const { watermarkTopic: topic, watermarkConsumer } = this;
    for (const partition of assignment[topic] ?? []) {
      watermarkConsumer.seek({ topic, partition, offset: String(this.watermarks.next) });
    }
  }

  /**
   * kafkajs calls this between joining and the first fetch, and does not wait for promises: every
   * partition is set to where the store stands, from memory.
   */
  private onJoin(assignment: Record<string, number[]>): void {
    if (!this.isReading) {
      // Reading ended while kafkajs was connecting; it must not stay a member that reads nothing.
      void this.consumer.disconnect();
      return;
    }
    this.assignment = assignment;
    this.resume();
    this.seekWatermarks(assignment);
    const unassigned = this.reading.assign(assignment);
    if (this.members !== null) {
      this.logger.info({ assignment }, 'reads these partitions');
      // What others have read of them until now, this member does not know. It seeks again when it does.
      void this.queue.readAnew().catch((error: unknown) => {
        this.logger.warn({ err: error }, 'where partitions stand is not known');
      });
    } else if (unassigned.length > 0) {
      this.logger.error({ unassigned }, 'another member of this group reads for this replica');
    }
  }

  private resume(): void {
    // After a stop, another consumer may write these views, and must not wait for a seek made here. Without a group
    // there is nothing to seek in; a join leads here again.
    if (!this.isReading || this.assignment === null) return;
    this.queue.beginResume();
    for (const topic of this.eventTopics) {
      for (const partition of this.assignment[topic] ?? []) {
        this.seeks.seek(topic, partition, this.queue.resumeFrom(topic, partition));
      }
    }
  }

  private async eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const isWatermark = batch.topic === this.watermarkTopic;
    await pause();
    this.seeks.arrived(batch);
    if (!isWatermark) await failpoint(failpoints.batchFetched);
    if (!this.isReading) return;
    // Told to the consumer that reads events: it is to wait a little.
    if (!isWatermark || this.members === null) this.queue.throwUntold();
    // Fetched before a seek, as a join sets it: the fetch that follows begins with the stored record.
    if (payload.isStale() || !this.seeks.accepts(batch)) return;
    if (isWatermark) {
      this.warnOfUndecodable(batch);
      this.watermarks.take(batch);
    } else {
      const records = batch.messages.map((message) => toRecord(batch, message));
      await this.queue.add(records);
    }
    // A seek that came meanwhile stays valid: another broker's fetcher may already have used it.
    if (!this.seeks.isMoved(batch)) payload.resolveOffset(batch.lastOffset());
  }

  /** Logs watermarks that cannot be decoded. Nothing is lost with them, because only the newest one counts. */
  private warnOfUndecodable({ topic, partition, messages }: EachBatchPayload['batch']): void {
    for (const message of messages) {
      const batch = undecodableOf(message);
      if (batch === undefined) continue;
      const place = recordName({ topic, partition, offset: batch.first });
      this.logger.error(
        { place, reason: batch.reason },
        'watermarks that cannot be decoded: passed over',
      );
    }
  }

  /** Drops later batches, too: they are fetched again from the stored position. */
  private onLost(reason: unknown): void {
    if (isFault(reason)) this.halt(reason);
    else this.resume();
  }

  private advance(topic: string, partition: number, next: number): void {
    if (!this.isReading) return;
    const wasBehind = !this.reading.caughtUp;
    this.members?.advance(topic, partition, next);
    this.reading.advance(topic, partition, next);
    if (!wasBehind || !this.reading.caughtUp) return;
    this.logger.info('caught up with the end at start');
  }

  private get isReading(): boolean {
    return this.reading.halted === null && !this.stopping.signal.aborted;
  }
}

/** How many partitions each topic has. */
function partitionsOf(ranges: readonly PartitionOffsets[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { topic } of ranges) counts.set(topic, (counts.get(topic) ?? 0) + 1);
  return counts;
}
