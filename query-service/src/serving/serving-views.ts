import { Problem } from 'service-kit/problem';
import type { ApplyMetrics } from '../apply/metrics';
import type { Arrivals } from '../consistency/arrivals';
import type { Fault } from '../consumer/fault';
import type { Keeping } from '../keeping';
import type { Connection, Parameter } from '../store/connection';
import { StorageFault } from '../store/storage-fault';
import type { Verification } from '../store/verification';
import type { View } from '../views/view';
import { close, openFrozen, openLive, type Live, type Opened, type Troubles } from './opened';

/**
 * How far an answer can be relied on.
 *
 * - `current`: everything up to the start is in the views; `asOf` tells how fresh they are
 * - `catching-up`: events that are known to exist are not in the views yet
 * - `incomplete`: an event could not be applied; a newer one of its aggregate mends that. Or nobody knows whether
 *   events are missing, until the views were compared with PostgreSQL
 * - `untrusted`: the history in Kafka is not the one that these views were made from, or the database
 *   file is not what it was
 */
export type ViewsState = 'current' | 'catching-up' | 'incomplete' | 'untrusted';

/** The views that answer: one open file, or the reason why there is none. */
export class ServingViews {
  private views: Opened | null = null;
  private trouble: Fault | null = null;
  readonly troubles: Troubles;

  constructor(
    private readonly keeping: Keeping,
    private readonly verification: Verification,
    private readonly metrics: ApplyMetrics,
    onCrash: (error: unknown) => void,
    /** What readers are told besides, while views of another projection version answer. */
    private readonly whyFrozen: () => string,
    private readonly arrivals: Arrivals,
  ) {
    this.troubles = { onCrash, onFault: (fault) => this.halt(fault) };
  }

  get opened(): Opened | null {
    return this.views;
  }

  /** Why reading has halted; null while it has not. */
  get fault(): Fault | null {
    return this.trouble;
  }

  /**
   * Opens a file; one of another projection version only answers. A file that cannot be relied on leaves
   * the process up: it says so until an operator decides.
   *
   * @param find names the file
   */
  async open(find: () => Promise<{ file: string; version: number }>): Promise<void> {
    this.trouble = null;
    this.metrics.isHalted = false;
    try {
      const { file, version } = await find();
      const { keeping, metrics, troubles } = this;
      const isOurs = version === keeping.definition.version;
      this.views = isOurs
        ? await openLive(file, keeping, metrics, troubles)
        : await openFrozen(file, version, troubles);
      this.tellArrivals(this.views);
      this.startReading(this.views);
      keeping.logger.info({ file, version, readOnly: !isOurs }, 'views opened');
    } catch (error) {
      if (!(error instanceof StorageFault)) throw error;
      this.halt(error);
    }
  }

  async shut(): Promise<void> {
    const { views } = this;
    this.views = null;
    this.arrivals.changed();
    if (views !== null) await this.closeInOrder(views);
  }

  /** Other views answer from now on. @returns those before, which the caller closes */
  become(opened: Opened): Opened | null {
    const before = this.views;
    this.views = opened;
    this.tellArrivals(opened);
    // What was wrong was wrong with the ones before.
    this.trouble = null;
    this.metrics.isHalted = false;
    return before;
  }

  async closeInOrder(views: Opened): Promise<void> {
    await close(views).catch((error: unknown) => {
      this.keeping.logger.error({ err: error }, 'the database file was not closed in order');
    });
  }

  /** What keeps these views up to date. @throws {Problem} 503, 409 when nothing does */
  live(): Live {
    if (this.trouble instanceof StorageFault) throw new Problem(409, this.trouble.message);
    const { live } = this.present();
    if (live === null) throw new Problem(409, this.whyFrozen());
    return live;
  }

  /** Reads what every file of this projection version has. @throws {Problem} 503 when there is none */
  all<Row>(sql: string, ...parameters: Parameter[]): Promise<Row[]> {
    const { live } = this.present();
    if (live === null) throw beingFilled(this.whyFrozen());
    return this.read<Row>(sql, ...parameters);
  }

  /** Reads a view's own tables. @throws {Problem} 503 when the file that answers holds another form of it */
  allOf<Row>(view: View, sql: string, ...parameters: Parameter[]): Promise<Row[]> {
    const { version } = this.present();
    const isReadable = version >= view.readableSince && version <= this.keeping.definition.version;
    if (!isReadable) throw beingFilled(this.whyFrozen());
    return this.read<Row>(sql, ...parameters);
  }

  /** A reading connection of the caller's own, for a transaction that lasts. The caller closes it. */
  async openSnapshot(): Promise<Connection> {
    const { live, store } = this.present();
    if (live === null) throw beingFilled(this.whyFrozen());
    return store.openSnapshot();
  }

  notReady(): string[] {
    if (this.trouble !== null) return [`consumption has halted: ${this.trouble.message}`];
    if (this.views === null) return ['the views are not open'];
    return this.views.live?.consumer.reading.notReady() ?? [this.whyFrozen()];
  }

  /** Null for a file that only answers: how fresh it is was known to the process that kept it. */
  get asOf(): string | null {
    return this.views?.live?.consumer.reading.asOf ?? null;
  }

  /** Whether what comes is applied: not while it has halted, or a file only answers. */
  get isMoving(): boolean {
    return this.trouble === null && this.views?.live != null;
  }

  /** Null: not known. @see Reading.behind */
  get eventsBehind(): number | null {
    return this.views?.live?.consumer.reading.behind ?? null;
  }

  get state(): ViewsState {
    if (this.trouble !== null) return 'untrusted';
    if (this.metrics.openDeadLetters > 0 || this.verification.doubt !== null) return 'incomplete';
    return this.notReady().length > 0 ? 'catching-up' : 'current';
  }

  private tellArrivals({ live }: Opened): void {
    if (live !== null) live.applier.onApplied = (applied) => this.arrivals.applied(applied);
    this.arrivals.changed();
  }

  private startReading({ live, store }: Opened): void {
    // The watch may have found something before there was a consumer to halt.
    if (this.trouble !== null) live?.consumer.halt(this.trouble);
    else live?.consumer.start();
    // Beside everything else: it reads the whole file.
    void store.check().catch((error: unknown) => {
      if (error instanceof StorageFault) this.halt(error);
    });
  }

  private async read<Row>(sql: string, ...parameters: Parameter[]): Promise<Row[]> {
    const { store } = this.present();
    try {
      return await store.all<Row>(sql, ...parameters);
    } catch (error) {
      if (!(error instanceof StorageFault)) throw error;
      this.halt(error);
      throw unreadable();
    }
  }

  private present(): Opened {
    if (this.views !== null) return this.views;
    if (this.trouble !== null) throw unreadable();
    throw notReadable('the views are being opened', 1);
  }

  /** Stops consumption until an operator decides; the first reason is the one that is told. */
  private halt(fault: Fault): void {
    if (this.trouble !== null) return;
    // What was wrong with a file that was replaced meanwhile says nothing about the one that answers.
    if (fault instanceof StorageFault && fault.file !== (this.views?.file ?? fault.file)) return;
    this.trouble = fault;
    this.metrics.isHalted = true;
    this.arrivals.changed();
    const consumer = this.views?.live?.consumer;
    if (consumer === undefined) {
      this.keeping.logger.error({ fault: fault.message }, 'consumption has halted');
    } else {
      consumer.halt(fault);
    }
  }
}

const beingFilled = (why: string): Problem => notReadable(`not to be read yet: ${why}`, 10);

const unreadable = (): Problem =>
  notReadable('the views cannot be read; /health/ready says why', 60);

/** @param retryAfter seconds */
function notReadable(detail: string, retryAfter: number): Problem {
  return new Problem(
    503,
    detail,
    { code: 'views-not-readable' },
    { 'Retry-After': String(retryAfter) },
  );
}
