import { basename } from 'node:path';
import { failpoint } from 'service-kit/failpoints';
import type { Logger } from 'service-kit/logger';
import { Problem } from 'service-kit/problem';
import type { Applier } from './apply/applier';
import type { ApplyMetrics } from './apply/metrics';
import { Arrivals } from './consistency/arrivals';
import type { KafkaSettings } from './consumer/client';
import type { EventConsumer } from './consumer/consumer';
import { failpoints } from './failpoints';
import type { Keeping } from './keeping';
import type { Candidate } from './rebuild/candidate';
import { Rebuilds, type RebuildWish } from './rebuild/rebuilds';
import { showServing } from './serving/metrics';
import { ServingViews, type ViewsState } from './serving/serving-views';
import type { Connection, Parameter } from './store/connection';
import type { DataFolder } from './store/data-folder';
import type { SqliteViewStore } from './store/sqlite-view-store';
import { StorageFault } from './store/storage-fault';
import { Turns } from './turns';
import type { Definition, Reader, View } from './views/view';
import { definition as ofThisProgram } from './views/views';

/** The views of this replica: the file that answers, its consumer, and the file that a rebuild makes ready. */
export class Projection implements Reader {
  /** Operators and the swap, one after another: each decides by what is open. */
  private readonly turns = new Turns();
  private readonly serving: ServingViews;
  /** Those who wait for a change to be shown. */
  readonly arrivals = new Arrivals();
  private readonly rebuilds: Rebuilds;

  constructor(
    private readonly folder: DataFolder,
    kafka: KafkaSettings,
    maxParkedRun: number,
    readonly metrics: ApplyMetrics,
    private readonly logger: Logger,
    onCrash: (error: unknown) => void,
    readonly definition: Definition = ofThisProgram,
  ) {
    const [product, order] = kafka.eventTopics;
    const topics: Keeping['topics'] = new Map([
      [product ?? '', 'product'],
      [order ?? '', 'order'],
    ]);
    const keeping = { definition, kafka, topics, maxParkedRun, logger };
    const why = (): string => this.rebuilds.whyFrozen();
    const { verification } = folder;
    this.serving = new ServingViews(keeping, verification, metrics, onCrash, why, this.arrivals);
    showServing(metrics.registry, this.serving, verification);
    this.rebuilds = new Rebuilds(this.serving, folder, keeping, metrics, this.turns);
  }

  /** Opens the file that serves, and goes on with a rebuild that was under way. */
  start(): Promise<void> {
    return this.turns.take(async () => {
      await this.serving.open(() => this.rebuilds.servingFile());
      await this.rebuilds.goOn();
    });
  }

  async stop(): Promise<void> {
    // Before its turn: a swap under way ends in one.
    await this.rebuilds.stop();
    await this.turns.take(() => this.serving.shut());
  }

  /**
   * Reads the topics again from the beginning into the same views. The versions make it safe. What the topics
   * have lost meanwhile nobody can tell: the views are in doubt until they were compared.
   *
   * @throws {Problem} 409 when the database file is the trouble: reading again does not mend that
   */
  resume(): Promise<void> {
    return this.turns.take(async () => {
      const { consumer, store } = this.serving.live();
      await consumer.stop();
      try {
        await this.folder.verification.begin('`resume` has read the topics anew');
        await failpoint(failpoints.doubted);
        await store.rewind();
      } finally {
        // Also when nothing could be written: reading goes on where it stood.
        await this.serving.shut();
        await this.serving.open(() => this.rebuilds.servingFile());
      }
    });
  }

  /**
   * Fills a new file from the beginning of the topics, beside the one that serves, and swaps. A file that
   * cannot be relied on is replaced at once instead: answers are incomplete until the new one caught up.
   *
   * @returns what happens now, for the operator
   * @throws {Problem} 409 when a rebuild is under way
   */
  rebuild(wish: RebuildWish): Promise<string> {
    return this.turns.take(async () => {
      this.rebuilds.refuseTwo();
      if (!(this.serving.fault instanceof StorageFault)) return this.rebuilds.begin(wish);
      // Not shut before its letters are read: it may be a file that was deleted.
      await this.rebuilds.startOver(this.serving.opened?.store ?? null);
      await this.serving.shut();
      await this.serving.open(() => this.rebuilds.servingFile());
      return 'filling a new file from the beginning of the topics; it serves already';
    });
  }

  /** Makes the kept file ready to serve, from where it stands, and swaps. @throws {Problem} 409 */
  rollback(wish: Pick<RebuildWish, 'hold'>): Promise<string> {
    return this.turns.take(() => this.rebuilds.rollback(wish));
  }

  /** Lets a held rebuild swap, whatever differs. @throws {Problem} 409 when there is none that is ready */
  swap(): Promise<string> {
    return this.turns.take(() => this.rebuilds.release());
  }

  /** Gives a rebuild up. @throws {Problem} 409 when there is none */
  abort(): Promise<string> {
    return this.turns.take(() => this.rebuilds.abort());
  }

  /**
   * Work on what is parked: with the file open, and not while it is being changed for another.
   *
   * @throws {Problem} 503 when the views are not open, 409 when their file cannot be relied on or written
   */
  withLetters<T>(work: (applier: Applier, store: SqliteViewStore) => Promise<T>): Promise<T> {
    return this.turns.take(() => {
      const { applier, store } = this.serving.live();
      return work(applier, store);
    });
  }

  /**
   * What a comparison that begins now has to name when it has found everything equal; null when nothing is in
   * doubt. Another file or another doubt makes it worthless.
   */
  get doubtToken(): string | null {
    const { doubt } = this.folder.verification;
    const { opened } = this.serving;
    return doubt === null || opened === null ? null : `${doubt.since} ${basename(opened.file)}`;
  }

  /**
   * The views were compared with PostgreSQL, and all of them are equal.
   *
   * @param token what `doubtToken` was before the comparison read anything
   * @throws {Problem} 409 when other views are in doubt by now, or these for another reason
   */
  verified(token: string): Promise<void> {
    return this.turns.take(async () => {
      if (token !== this.doubtToken) {
        throw new Problem(409, `not these views: ${this.doubtToken ?? 'nothing is in doubt'}`);
      }
      await this.folder.verification.end();
      this.logger.info({ token }, 'compared with PostgreSQL: equal');
    });
  }

  all<Row>(sql: string, ...parameters: Parameter[]): Promise<Row[]> {
    return this.serving.all<Row>(sql, ...parameters);
  }

  /** How a view's routes read. */
  readerOf(view: View): Reader {
    return { all: (sql, ...parameters) => this.serving.allOf(view, sql, ...parameters) };
  }

  /**
   * A reading connection of the caller's own, for a transaction that lasts. The caller closes it.
   *
   * @param of the file that serves, or the one that a rebuild makes ready
   * @throws {Problem} 409 when there is no candidate
   */
  openSnapshot(of: 'serving' | 'candidate' = 'serving'): Promise<Connection> {
    return of === 'serving' ? this.serving.openSnapshot() : this.candidate().store.openSnapshot();
  }

  /** The watermark that the answers of this file include; null: not known. @throws {Problem} 409 */
  asOfFile(of: 'serving' | 'candidate'): string | null {
    return of === 'serving' ? this.asOf : this.candidate().consumer.reading.asOf;
  }

  notReady(): string[] {
    return this.serving.notReady();
  }

  /** Who reads for the views that answer; null: nobody does. */
  get consumer(): EventConsumer | null {
    return this.serving.opened?.live?.consumer ?? null;
  }

  get asOf(): string | null {
    return this.serving.asOf;
  }

  get state(): ViewsState {
    return this.serving.state;
  }

  /** @see ServingViews.isMoving */
  get isMoving(): boolean {
    return this.serving.isMoving;
  }

  /** @see ServingViews.eventsBehind */
  get eventsBehind(): number | null {
    return this.serving.eventsBehind;
  }

  /** Why the views may lack events, and what ends that; null when they do not. For people. */
  get unverified(): string | null {
    const { doubt } = this.folder.verification;
    if (doubt === null) return null;
    return `${doubt.because} (${doubt.since}): compare the views with PostgreSQL, run \`npm run reconcile\``;
  }

  /** For people: which file serves, where reading stands, how far a rebuild is. */
  describe() {
    const { opened } = this.serving;
    return {
      state: this.state,
      notReady: this.notReady(),
      unverified: this.unverified,
      asOf: this.asOf,
      file: opened?.file ?? null,
      projectionVersion: opened?.version ?? null,
      kept: this.folder.previous(),
      openDeadLetters: this.metrics.openDeadLetters,
      openVersionGaps: this.metrics.openGaps,
      stored: opened?.live?.applier.stored() ?? opened?.stoodAt ?? [],
      rebuild: this.rebuilds.describe(),
    };
  }

  private candidate(): Candidate {
    const candidate = this.rebuilds.present?.candidate;
    if (candidate === undefined) throw new Problem(409, 'no rebuild is under way');
    return candidate;
  }
}
