import { Applier } from '../apply/applier';
import { ApplyQueue } from '../apply/apply-queue';
import type { Fault } from '../apply/fault';
import { ApplyMetrics } from '../apply/metrics';
import { EventConsumer } from '../consumer/consumer';
import type { ReplicaContext } from '../serving/replica-context';
import type { ViewStore } from '../store/view-store';
import type { ViewsWatch } from '../store/views-watch';
import type { RecordPlace } from '../model/record';
import { candidatePace, pacedBytesPerPartition } from './pace';

/** A second database file with its own consumer, which a rebuild fills. */
export class Candidate {
  /** Why it cannot go on; null while it can. */
  failure: Error | null = null;
  readonly queue: ApplyQueue;
  readonly consumer: EventConsumer;
  /** Watches the file; once the candidate serves, its faults go to the serving side. */
  readonly watch: ViewsWatch;
  private onFileFault: (fault: Fault) => void = (fault) => this.fail(fault);

  private constructor(
    readonly file: string,
    readonly store: ViewStore,
    applier: Applier,
    { home, kafka, logger }: ReplicaContext,
  ) {
    const fail = (error: unknown): void => this.fail(error);
    const settings = {
      ...kafka,
      groupId: `${kafka.groupId}-rebuild`,
      maxBytesPerPartition: pacedBytesPerPartition,
    };
    this.queue = new ApplyQueue(applier, candidatePace(fail));
    // No member: it reads everything by itself, whoever shares the views that serve.
    this.consumer = new EventConsumer({
      kafka: settings,
      store,
      queue: this.queue,
      logger,
      onCrash: fail,
      onHalt: fail,
    });
    this.watch = home.watch(file, (fault) => this.onFileFault(fault));
  }

  /**
   * Opens a candidate and continues to fill it from its stored position.
   *
   * @throws {StorageFault} when the file cannot be used
   */
  static async open(file: string, context: ReplicaContext): Promise<Candidate> {
    const { home, definition, maxParkedRun, topics } = context;
    const logger = context.logger.child({ file });
    const store = await home.open(file, definition);
    try {
      // The candidate has its own counters, because the published ones are the serving file's.
      const metrics = new ApplyMetrics();
      const applier = await Applier.open({ store, maxParkedRun, metrics, logger, topics });
      const candidate = new Candidate(file, store, applier, { ...context, logger });
      await candidate.watch.start();
      candidate.consumer.start();
      return candidate;
    } catch (error) {
      await store.close().catch(() => undefined);
      throw error;
    }
  }

  /** Whether it has applied everything up to these places. */
  reaches(stored: readonly RecordPlace[]): boolean {
    const own = this.queue.stored();
    return stored.every(({ topic, partition, offset }) => {
      const at = own.find((p) => p.topic === topic && p.partition === partition);
      return at !== undefined && at.offset >= offset;
    });
  }

  /** Stops reading; resolves when everything that was read is applied. */
  async retire(): Promise<void> {
    this.consumer.detach();
    await this.queue.idle();
  }

  /** From now on it serves, and faults of its file go to this function. */
  serve(onFileFault: (fault: Fault) => void): void {
    this.onFileFault = onFileFault;
  }

  async close(): Promise<void> {
    await this.watch.stop();
    await this.consumer.stop();
    await this.queue.idle();
    await this.store.close();
  }

  private fail(error: unknown): void {
    this.failure ??= error instanceof Error ? error : new Error(String(error));
  }
}
