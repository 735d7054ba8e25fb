import { Applier } from '../apply/applier';
import { ApplyMetrics } from '../apply/metrics';
import type { KafkaSettings } from '../consumer/client';
import { EventConsumer } from '../consumer/consumer';
import type { Fault } from '../consumer/fault';
import type { Keeping } from '../keeping';
import { FileWatch } from '../store/file-watch';
import { SqliteViewStore } from '../store/sqlite-view-store';
import type { RecordPlace } from '../apply/event';
import { pacedBytesPerPartition, pacedFeed } from './paced-feed';

/** The consumer group that fills a candidate: beside the one of the serving file. */
export const rebuildGroup = ({ groupId }: KafkaSettings): string => `${groupId}-rebuild`;

/** A second database file with a consumer of its own, that is being made ready to serve. */
export class Candidate {
  /** Why it cannot go on; null while it can. */
  failure: Error | null = null;
  readonly consumer: EventConsumer;
  /** Once it serves, what happens to its file is the serving side's trouble. */
  readonly watch: FileWatch;
  private onFileFault: (fault: Fault) => void = (fault) => this.fail(fault);

  private constructor(
    readonly file: string,
    readonly store: SqliteViewStore,
    readonly applier: Applier,
    { kafka, logger }: Keeping,
  ) {
    const fail = (error: unknown): void => this.fail(error);
    const settings = {
      ...kafka,
      groupId: rebuildGroup(kafka),
      maxBytesPerPartition: pacedBytesPerPartition,
    };
    const feed = pacedFeed(applier, fail);
    this.consumer = new EventConsumer(settings, store, feed, logger, fail, fail);
    this.watch = new FileWatch(file, (fault) => this.onFileFault(fault));
  }

  /**
   * Opens a candidate and goes on filling it from where it stands.
   *
   * @throws {StorageFault} when the file cannot be used
   */
  static async open(file: string, keeping: Keeping): Promise<Candidate> {
    const { definition, maxParkedRun, topics } = keeping;
    const { views, version } = definition;
    const logger = keeping.logger.child({ file });
    const store = await SqliteViewStore.open(file, views, version);
    try {
      // Counters of its own: those that are shown are the serving file's.
      const metrics = new ApplyMetrics();
      const applier = await Applier.open(store, views, maxParkedRun, metrics, logger, topics);
      const candidate = new Candidate(file, store, applier, { ...keeping, logger });
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
    const own = this.applier.stored();
    return stored.every(({ topic, partition, offset }) => {
      const at = own.find((p) => p.topic === topic && p.partition === partition);
      return at !== undefined && at.offset >= offset;
    });
  }

  /** Reads no more; resolves when what it had read is applied. */
  async retire(): Promise<void> {
    this.consumer.detach();
    await this.applier.idle();
  }

  /** From now on it serves: its file's faults go there. */
  serve(onFileFault: (fault: Fault) => void): void {
    this.onFileFault = onFileFault;
  }

  async close(): Promise<void> {
    await this.watch.stop();
    await this.consumer.stop();
    await this.applier.idle();
    await this.store.close();
  }

  private fail(error: unknown): void {
    this.failure ??= error instanceof Error ? error : new Error(String(error));
  }
}
