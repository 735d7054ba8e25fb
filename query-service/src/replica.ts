import { basename } from 'node:path';
import { commandOf } from 'contracts/commands';
import { failpoint } from 'service-kit/failpoints';
import type { Logger } from 'service-kit/logger';
import { Problem } from 'service-kit/problem';
import { topicAggregates } from './model/aggregates';
import type { ApplyQueue } from './apply/apply-queue';
import { UndecodableFault } from './model/history';
import type { ApplyMetrics } from './apply/metrics';
import type { KafkaSettings } from './consumer/client';
import { failpoints } from './failpoints';
import type { ReplicaContext } from './serving/replica-context';
import type { Candidate } from './rebuild/candidate';
import { Rebuilds, type RebuildOptions } from './rebuild/rebuilds';
import { showServing } from './serving/metrics';
import { ServingViews } from './serving/serving-views';
import type { ViewStore } from './store/view-store';
import type { ViewsHome } from './store/views-home';
import { StorageFault } from './store/storage-fault';
import { SerialQueue } from 'service-kit/serial-queue';
import type { Definition } from './views/view';
import type { Snapshot } from './store/snapshot';
import { definition as ofThisProgram } from './views/views';

interface ReplicaOptions {
  readonly home: ViewsHome;
  readonly kafka: KafkaSettings;
  readonly bounds: Pick<ReplicaContext, 'maxParkedRun' | 'staleAfterSeconds'>;
  readonly metrics: ApplyMetrics;
  readonly logger: Logger;
  /** Called when reading ended for good, with no way on in this process. */
  readonly onCrash: (error: unknown) => void;
  /** The views that it keeps: this program's, unless a test says otherwise. */
  readonly definition?: Definition;
}

/** The views of this replica: the file that answers, its consumer, and the file that a rebuild makes ready. */
export class Replica {
  /** Operators and the swap, one after another: each decides by what is open. */
  private readonly serial = new SerialQueue();
  /** The views that answer. */
  readonly serving: ServingViews;
  private readonly rebuilds: Rebuilds;
  private readonly home: ViewsHome;
  private readonly logger: Logger;
  private hasStopped = false;
  readonly metrics: ApplyMetrics;
  readonly definition: Definition;

  constructor(options: ReplicaOptions) {
    const { home, kafka, bounds, metrics, logger, onCrash } = options;
    const { definition = ofThisProgram } = options;
    this.home = home;
    this.logger = logger;
    this.metrics = metrics;
    this.definition = definition;
    const topics = topicAggregates(kafka.topics);
    const context = { home, definition, kafka, topics, ...bounds, logger };
    const { serial } = this;
    const whyFrozen = (): string => this.rebuilds.whyFrozen();
    const serving = new ServingViews({
      context,
      metrics,
      onCrash,
      onMoved: () => void this.serial.run(() => this.reopen()).catch(onCrash),
      whyFrozen,
    });
    showServing(metrics.registry, serving, home.verification);
    this.serving = serving;
    this.rebuilds = new Rebuilds(serving, context, metrics, serial);
  }

  /** Opens the file that serves, and goes on with a rebuild that was under way. */
  start(): Promise<void> {
    return this.serial.run(async () => {
      await this.serving.open(() => this.rebuilds.servingFile());
      await this.rebuilds.resume();
      this.home.follow(() => this.serial.run(() => this.followMembers()));
    });
  }

  async stop(): Promise<void> {
    this.hasStopped = true;
    // Stop rebuilds first; a running swap holds the queue.
    await this.rebuilds.stop();
    await this.serial.run(() => this.serving.shut());
  }

  /**
   * Reads the topics again from the beginning into the same views. The versions make it safe. What the topics
   * have lost meanwhile nobody can tell: the views are in doubt until they were compared.
   *
   * @throws {Problem} 409 when the fault is the database file's: reading again does not mend that
   */
  resume(): Promise<void> {
    return this.serial.run(async () => {
      const { consumer, store } = this.serving.live();
      await consumer.stop();
      try {
        await this.home.verification.begin('`resume` has read the topics anew');
        await failpoint(failpoints.doubted);
        await store.rewind();
      } finally {
        // Also when nothing could be written: reading goes on where it stood.
        await this.reopen();
      }
    });
  }

  /**
   * Goes on behind a batch that cannot be decoded. What it held is missing: the views are in doubt until they were
   * compared. It is on record among the dead letters, and stays so in files that are filled anew.
   *
   * @param place of its first record, as the halt names it
   * @throws {Problem} 409 when neither reading nor a rebuild has halted there
   */
  skip(place: string, by: string, why: string): Promise<void> {
    return this.serial.run(async () => {
      const { consumer, store } = this.serving.live();
      const fault = [this.serving.fault, this.rebuilds.fault].find(
        (found) => found instanceof UndecodableFault && found.place === place,
      );
      if (!(fault instanceof UndecodableFault)) {
        throw new Problem(409, `nothing has halted at a batch at ${place} that cannot be decoded`);
      }
      const { topic, partition, offset: last } = fault.record;
      const { first, checksum, reason } = fault.batch;
      await consumer.stop();
      try {
        await this.home.verification.begin(`${by} has skipped ${place} to ${last}: ${why}`);
        await failpoint(failpoints.doubted);
        await store.skip({ topic, partition, first, last, checksum }, reason, by, why);
        this.logger.warn({ place, last, reason, by, why }, 'batch skipped');
      } finally {
        await this.reopen();
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
  rebuild(options: RebuildOptions): Promise<string> {
    return this.serial.run(async () => {
      this.rebuilds.assertIdle();
      if (!(this.serving.fault instanceof StorageFault)) return this.rebuilds.begin(options);
      // Not shut before its dead letters are read: it may be a file that was deleted.
      await this.rebuilds.startOver(this.serving.opened?.store ?? null);
      await this.reopen();
      return 'filling a new file from the beginning of the topics; it serves already';
    });
  }

  /** Makes the kept file ready to serve, from where it stands, and swaps. @throws {Problem} 409 */
  rollback(options: Pick<RebuildOptions, 'hold'>): Promise<string> {
    return this.serial.run(() => this.rebuilds.rollback(options));
  }

  /** Lets a held rebuild swap, whatever differs. @throws {Problem} 409 when there is none that is ready */
  swap(): Promise<string> {
    return this.serial.run(() => this.rebuilds.release());
  }

  /** Gives a rebuild up. @throws {Problem} 409 when there is none */
  abort(): Promise<string> {
    return this.serial.run(() => this.rebuilds.abort());
  }

  /**
   * Work on what is parked: with the file open, and not while it is being changed for another.
   *
   * @throws {Problem} 503 when the views are not open, 409 when their file cannot be relied on or written
   */
  withDeadLetters<T>(work: (queue: ApplyQueue, store: ViewStore) => Promise<T>): Promise<T> {
    return this.serial.run(() => {
      const { queue, store } = this.serving.live();
      return work(queue, store);
    });
  }

  /**
   * What a comparison that begins now has to name when it has found everything equal; null when nothing is in
   * doubt. Another file or another doubt makes it worthless.
   */
  get doubtToken(): string | null {
    const { doubt } = this.home.verification;
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
    return this.serial.run(async () => {
      if (token !== this.doubtToken) {
        throw new Problem(409, `not these views: ${this.doubtToken ?? 'nothing is in doubt'}`);
      }
      const { doubt } = this.home.verification;
      if (doubt !== null && !(await this.home.verification.end(doubt))) {
        throw new Problem(409, 'not these views: another member has come to doubt them meanwhile');
      }
      this.logger.info({ token }, 'compared with PostgreSQL: equal');
    });
  }

  /**
   * The caller closes it.
   *
   * @param which the file that serves, or the one that a rebuild makes ready
   * @throws {Problem} 409 when there is no candidate
   */
  openSnapshot(which: 'serving' | 'candidate' = 'serving'): Promise<Snapshot> {
    return which === 'serving'
      ? this.serving.openSnapshot()
      : this.candidate().store.openSnapshot();
  }

  /** Whether its views are in files, which can be copied. */
  get keepsFiles(): boolean {
    return this.home.keepsFiles;
  }

  /** The watermark that the answers of this file include; null: not known. @throws {Problem} 409 */
  asOfFile(which: 'serving' | 'candidate'): string | null {
    return which === 'serving' ? this.serving.asOf : this.candidate().consumer.reading.asOf;
  }

  /** Why the views may lack events, and what ends that; null when they do not. For people. */
  get unverified(): string | null {
    const { doubt } = this.home.verification;
    if (doubt === null) return null;
    const compare = commandOf({ script: 'reconcile', args: [] });
    return `${doubt.because} (${doubt.since}): compare the views with PostgreSQL, run \`${compare}\``;
  }

  /** For people: which file serves, where reading stands, how far a rebuild is. */
  describe() {
    const { opened, state, asOf } = this.serving;
    return {
      state,
      notReady: this.serving.notReady(),
      unverified: this.unverified,
      asOf,
      file: opened?.file ?? null,
      projectionVersion: opened?.version ?? null,
      kept: this.home.previous(),
      openDeadLetters: this.metrics.openDeadLetters,
      stored: opened?.live?.queue.stored() ?? opened?.stoodAt ?? [],
      rebuild: this.rebuilds.describe(),
    };
  }

  private async reopen(): Promise<void> {
    await this.serving.shut();
    await this.serving.open(() => this.rebuilds.servingFile());
  }

  /** Another member may have put other views in place, or left a rebuild behind. */
  private async followMembers(): Promise<void> {
    if (this.hasStopped) return;
    const serves = await this.home.serves();
    if (serves !== null && serves !== this.serving.opened?.file) await this.reopen();
    await this.rebuilds.takeOver();
  }

  private candidate(): Candidate {
    const candidate = this.rebuilds.present?.candidate;
    if (candidate === undefined) throw new Problem(409, 'no rebuild is under way');
    return candidate;
  }
}
