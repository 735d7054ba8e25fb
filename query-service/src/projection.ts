import type { Logger } from 'service-kit/logger';
import { Problem } from 'service-kit/problem';
import { Applier } from './apply/applier';
import type { TopicAggregates } from './apply/letter';
import { ApplyMetrics } from './apply/metrics';
import type { KafkaSettings } from './consumer/client';
import { EventConsumer, type Fault } from './consumer/consumer';
import { redriveAll } from './apply/redrive';
import {
  carryDeadLetters,
  lettersIn,
  lettersOf,
  type CarriedLetters,
} from './store/carried-letters';
import { Connection, type Parameter } from './store/connection';
import type { DataFolder } from './store/data-folder';
import { FileWatch } from './store/file-watch';
import { SqliteViewStore } from './store/sqlite-view-store';
import { StorageFault } from './store/storage-fault';
import { Turns } from './turns';
import { projectionVersion, views } from './views/views';

/**
 * How far an answer can be relied on.
 *
 * - `current`: everything up to the start is in the views; `asOf` tells how fresh they are
 * - `catching-up`: events that are known to exist are not in the views yet
 * - `incomplete`: an event could not be applied; a newer one of its aggregate mends that
 * - `untrusted`: the history in Kafka is not the one that these views were made from, or the database
 *   file is not what it was
 */
export type ViewsState = 'current' | 'catching-up' | 'incomplete' | 'untrusted';

/** What is open while the views are: it is opened and shut together. */
interface Opened {
  readonly file: string;
  readonly store: SqliteViewStore;
  readonly applier: Applier;
  readonly consumer: EventConsumer;
  readonly watch: FileWatch;
}

/** The views of this replica: one database file and the consumer that keeps it. */
export class Projection {
  private opened: Opened | null = null;
  private fault: Fault | null = null;
  /** Two operators at once: one after the other. */
  private readonly turns = new Turns();
  private readonly topics: TopicAggregates;

  constructor(
    private readonly folder: DataFolder,
    private readonly kafka: KafkaSettings,
    private readonly maxParkedRun: number,
    readonly metrics: ApplyMetrics,
    private readonly logger: Logger,
    private readonly onCrash: (error: unknown) => void,
  ) {
    const [product, order] = kafka.eventTopics;
    this.topics = new Map([
      [product ?? '', 'product'],
      [order ?? '', 'order'],
    ]);
  }

  start(): Promise<void> {
    return this.turns.take(() => this.open());
  }

  stop(): Promise<void> {
    return this.turns.take(() => this.shut());
  }

  /**
   * Reads the topics again from the beginning into the same views. The versions make it safe.
   *
   * @throws {Problem} 409 when the database file is the trouble: reading again does not mend that
   */
  resume(): Promise<void> {
    return this.turns.take(async () => {
      if (this.fault instanceof StorageFault) throw new Problem(409, this.fault.message);
      const { consumer, store } = this.present();
      await consumer.stop();
      await store.rewind();
      await this.shut();
      await this.open();
    });
  }

  /** Fills a new file from the beginning of the topics. Answers are incomplete until it caught up. */
  rebuild(): Promise<void> {
    return this.turns.take(async () => {
      await this.opened?.consumer.stop();
      // A deleted file can still be read by who has it open.
      const letters = this.opened && (await lettersOf(this.opened.store, this.logger));
      await this.shut();
      await this.folder.startNewFile((file, before) => this.fill(file, before, letters));
      await this.open();
    });
  }

  /**
   * Work on what is parked: with the file open, and not while it is being changed for another.
   *
   * @throws {Problem} 503 when the views are not open, 409 when their file cannot be relied on
   */
  withLetters<T>(work: (applier: Applier, store: SqliteViewStore) => Promise<T>): Promise<T> {
    return this.turns.take(() => {
      if (this.fault instanceof StorageFault) throw new Problem(409, this.fault.message);
      const { applier, store } = this.present();
      return work(applier, store);
    });
  }

  async all<Row>(sql: string, ...parameters: Parameter[]): Promise<Row[]> {
    const { store } = this.present();
    try {
      return await store.all<Row>(sql, ...parameters);
    } catch (error) {
      if (!(error instanceof StorageFault)) throw error;
      this.halt(error);
      throw unreadable();
    }
  }

  /** A reading connection of the caller's own, for a transaction that lasts. The caller closes it. */
  async openSnapshot(): Promise<Connection> {
    return this.present().store.openSnapshot();
  }

  notReady(): string[] {
    if (this.fault !== null) return [`consumption has halted: ${this.fault.message}`];
    return this.opened?.consumer.reading.notReady() ?? ['the views are not open'];
  }

  get asOf(): string | null {
    return this.opened?.consumer.reading.asOf ?? null;
  }

  get state(): ViewsState {
    if (this.fault !== null) return 'untrusted';
    if (this.metrics.openDeadLetters > 0) return 'incomplete';
    return this.notReady().length > 0 ? 'catching-up' : 'current';
  }

  /** For people: which file serves, and where reading stands. */
  describe() {
    return {
      state: this.state,
      notReady: this.notReady(),
      asOf: this.asOf,
      file: this.opened?.file ?? null,
      openDeadLetters: this.metrics.openDeadLetters,
      openVersionGaps: this.metrics.openGaps,
      stored: this.opened?.applier.stored() ?? [],
    };
  }

  private present(): Opened {
    if (this.opened !== null) return this.opened;
    if (this.fault !== null) throw unreadable();
    throw new Problem(503, 'the views are being opened', {}, { 'Retry-After': '1' });
  }

  /** A file that cannot be relied on leaves the process up: it says so until an operator decides. */
  private async open(): Promise<void> {
    this.fault = null;
    this.metrics.isHalted = false;
    try {
      await this.openFile();
    } catch (error) {
      if (!(error instanceof StorageFault)) throw error;
      this.halt(error);
    }
  }

  private async openFile(): Promise<void> {
    const { logger, metrics, topics } = this;
    const file = await this.folder.currentFile(projectionVersion, (name, before) =>
      this.fill(name, before, null),
    );
    const store = await SqliteViewStore.open(file, views, projectionVersion);
    try {
      const applier = await Applier.open(store, views, this.maxParkedRun, metrics, logger, topics);
      // Code that has come to understand what was parked applies it now.
      await redriveAll(applier, store, 'start', logger);
      const onHalt = (fault: Fault): void => this.halt(fault);
      const consumer = new EventConsumer(this.kafka, store, applier, logger, this.onCrash, onHalt);
      const watch = new FileWatch(file, onHalt);
      await watch.start();
      this.opened = { file, store, applier, consumer, watch };
      // The watch may have found something before there was a consumer to halt.
      if (this.fault !== null) consumer.halt(this.fault);
      else consumer.start();
    } catch (error) {
      await store.close().catch(() => undefined);
      throw error;
    }
    // Beside everything else: it reads the whole file.
    void store.check().catch((error: unknown) => {
      if (error instanceof StorageFault) this.halt(error);
    });
    logger.info({ file }, 'views opened');
  }

  private async shut(): Promise<void> {
    const { opened } = this;
    this.opened = null;
    await opened?.watch.stop();
    await opened?.consumer.stop();
    await opened?.store.close().catch((error: unknown) => {
      this.logger.error({ err: error }, 'the database file was not closed in order');
    });
  }

  /** Stops consumption until an operator decides; the first reason is the one that is told. */
  private halt(fault: Fault): void {
    if (this.fault !== null) return;
    this.fault = fault;
    this.metrics.isHalted = true;
    if (this.opened === null) this.logger.error({ fault: fault.message }, 'consumption has halted');
    this.opened?.consumer.halt(fault);
  }

  /** Creates a new file with the dead letters of the one before. */
  private async fill(
    file: string,
    before: string | null,
    letters: CarriedLetters | null,
  ): Promise<void> {
    const carried = letters ?? (before === null ? [] : await lettersIn(before, this.logger));
    const statements = [carryDeadLetters(carried, this.topics)];
    await (await SqliteViewStore.open(file, views, projectionVersion, statements)).close();
    this.logger.info({ file, before, letters: carried.length }, 'a new file, still to be filled');
  }
}

function unreadable(): Problem {
  return new Problem(
    503,
    'the views cannot be read; /health/ready says why',
    {},
    { 'Retry-After': '60' },
  );
}
