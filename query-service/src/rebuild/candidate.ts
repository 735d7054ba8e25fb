import { Applier } from '../apply/applier';
import { ApplyQueue } from '../apply/apply-queue';
import type { Fault } from '../apply/fault';
import { ApplyMetrics } from '../apply/metrics';
import { EventConsumer } from '../consumer/consumer';
import type { ReplicaContext } from '../serving/replica-context';
import type { ViewStore } from '../store/view-store';
import type { FileWatch } from '../store/views-home';
import type { RecordPlace } from '../model/record';
import { candidatePace, pacedBytesPerPartition } from './pace';

/** A second database file with a consumer of its own, that is being made ready to serve. */
export class Candidate {
  /** Why it cannot go on; null while it can. */
  failure: Error | null = null;
  readonly queue: ApplyQueue;
  readonly consumer: EventConsumer;
  /** Once the candidate serves, faults of its file are told to the serving side. */
  readonly watch: FileWatch;
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
   * Opens a candidate and goes on filling it from where it stands.
   *
   * @throws {StorageFault} when the file cannot be used
   */
  static async open(file: string, context: ReplicaContext): Promise<Candidate> {
    const { home, definition, maxParkedRun, topics } = context;
    const logger = context.logger.child({ file });
    const store = await home.open(file, definition);
    try {
      // Counters of its own: those that are shown are the serving file's.
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

  /** Whether it holds at least what stands at these places. */
  reaches(stored: readonly RecordPlace[]): boolean {
    const own = this.queue.stored();
    return stored.every(({ topic, partition, offset }) => {
      const at = own.find((p) => p.topic === topic && p.partition === partition);
      return at !== undefined && at.offset >= offset;
    });
  }

  /** Reads no more; resolves when what it had read is applied. */
  async retire(): Promise<void> {
    this.consumer.detach();
    await this.queue.idle();
  }

  /** From now on it serves: its file's faults go there. */
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
