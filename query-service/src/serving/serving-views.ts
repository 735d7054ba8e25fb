import { Problem } from 'service-kit/problem';
import type { ApplyMetrics } from '../apply/metrics';
import { VersionWaiters } from '../consistency/version-waiters';
import type { Fault } from '../apply/fault';
import type { EventConsumer } from '../consumer/consumer';
import type { ViewsState } from '../consistency/freshness';
import type { ReplicaContext } from './replica-context';
import type { Reader } from '../store/sql';
import type { Snapshot } from '../store/snapshot';
import { StorageFault } from '../store/storage-fault';
import { StoreAway } from '../store/store-away';
import type { ReadableViews } from '../store/view-store';
import type { View } from '../views/view';
import { readerThrough } from './reader-through';
import { close, openFrozen, openLive, type Live, type Opened, type FaultHandlers } from './opened';

interface ServingViewsOptions {
  readonly context: ReplicaContext;
  readonly metrics: ApplyMetrics;
  /** Called when reading has ended for good in this process. */
  readonly onCrash: (error: unknown) => void;
  /** @see FaultHandlers.onMoved */
  readonly onMoved: () => void;
  /** What readers are told while views of another projection version answer. */
  readonly whyFrozen: () => string;
}

/** The views that answer: one open file, or the reason why there is none. */
export class ServingViews {
  #opened: Opened | null = null;
  #fault: Fault | null = null;
  readonly faultHandlers: FaultHandlers;
  /** Requests that wait for a change to be shown: woken when one is applied, and when other views answer. */
  readonly waiters = new VersionWaiters();

  private readonly context: ReplicaContext;
  private readonly metrics: ApplyMetrics;
  private readonly whyFrozen: () => string;

  constructor(options: ServingViewsOptions) {
    this.context = options.context;
    this.metrics = options.metrics;
    this.whyFrozen = options.whyFrozen;
    const { onCrash, onMoved } = options;
    this.faultHandlers = { onCrash, onMoved, onFault: (fault) => this.halt(fault) };
  }

  get opened(): Opened | null {
    return this.#opened;
  }

  /** Why reading has halted; null while it has not. */
  get fault(): Fault | null {
    return this.#fault;
  }

  /**
   * Opens a file; one of another projection version only answers. When a file cannot be relied on, the process stays up
   * and says so until an operator decides.
   *
   * @param find names the file
   */
  async open(find: () => Promise<{ file: string; version: number }>): Promise<void> {
    this.#fault = null;
    this.metrics.isHalted = false;
    try {
      const { file, version } = await find();
      const { context, metrics, faultHandlers } = this;
      const isOurs = version === context.definition.version;
      this.#opened = isOurs
        ? await openLive(file, context, metrics, faultHandlers)
        : await openFrozen(file, version, context, faultHandlers);
      this.tellWaiters(this.#opened);
      this.startReading(this.#opened);
      context.logger.info({ file, version, readOnly: !isOurs }, 'views opened');
    } catch (error) {
      if (!(error instanceof StorageFault)) throw error;
      this.halt(error);
    }
  }

  async shut(): Promise<void> {
    const opened = this.#opened;
    this.#opened = null;
    this.waiters.changed();
    if (opened !== null) await this.closeInOrder(opened);
  }

  /** Lets other views answer from now on. The caller closes those before. */
  switchTo(opened: Opened): void {
    this.#opened = opened;
    this.tellWaiters(opened);
    // The fault belonged to the former views.
    this.#fault = null;
    this.metrics.isHalted = false;
  }

  async closeInOrder(opened: Opened): Promise<void> {
    await close(opened).catch((error: unknown) => {
      this.context.logger.error({ err: error }, 'the database file was not closed in order');
    });
  }

  /** The parts that keep these views up to date. @throws {Problem} 503 or 409 when there are none */
  live(): Live {
    if (this.#fault instanceof StorageFault) throw new Problem(409, this.#fault.message);
    const { live } = this.present();
    if (live === null) throw new Problem(409, this.whyFrozen());
    return live;
  }

  /** Reads tables that every file of this projection version has. It throws {Problem} 503 when no such file answers. */
  readonly reader = readerThrough(async (work) => this.read(this.ofThisVersion(), work));

  /** Reads a view's own tables. It throws {Problem} 503 when the serving file has another form of them. */
  readerOf(view: View): Reader {
    return readerThrough(async (work) => {
      const { version, store } = this.present();
      const isReadable =
        version >= view.readableSince && version <= this.context.definition.version;
      if (!isReadable) throw beingFilled(this.whyFrozen());
      return this.read(store, work);
    });
  }

  /** The caller closes it. @throws {Problem} 503 when no file of this projection version answers */
  async openSnapshot(): Promise<Snapshot> {
    return this.ofThisVersion().openSnapshot();
  }

  /** Writes a copy into a new file. @throws {Problem} 503 when no file of this projection version answers */
  async copyTo(file: string): Promise<void> {
    await this.ofThisVersion().copyTo(file);
  }

  notReady(): string[] {
    if (this.#fault !== null) return [`consumption has halted: ${this.#fault.message}`];
    if (this.#opened === null) return ['the views are not open'];
    return this.reading?.notReady() ?? [this.whyFrozen()];
  }

  /** The consumer that feeds the views; null: they are not fed. */
  get consumer(): EventConsumer | null {
    return this.#opened?.live?.consumer ?? null;
  }

  /** Null for a file that nothing reads into: only the process that filled it knew how fresh it is. */
  get asOf(): string | null {
    return this.reading?.asOf ?? null;
  }

  /** Whether new events are applied. They are not after a halt, nor to a file of another projection version. */
  get isMoving(): boolean {
    return this.#fault === null && this.consumer !== null;
  }

  /** Null: not known. @see Reading.behind */
  get eventsBehind(): number | null {
    return this.reading?.behind ?? null;
  }

  get state(): ViewsState {
    if (this.#fault !== null) return 'untrusted';
    if (this.metrics.openDeadLetters > 0 || this.context.home.verification.doubt !== null)
      return 'incomplete';
    if (this.notReady().length > 0) return 'catching-up';
    return this.stale === null ? 'current' : 'stale';
  }

  /** Seconds since `asOf`; null: not known. */
  get ageSeconds(): number | null {
    return this.reading?.ageSeconds ?? null;
  }

  get staleAfterSeconds(): number {
    return this.context.staleAfterSeconds;
  }

  /** Why answers are stale, for people; null while they are not. */
  get stale(): string | null {
    if ((this.ageSeconds ?? Infinity) <= this.staleAfterSeconds) return null;
    return this.reading?.whyOld ?? 'nothing reads for these views';
  }

  private get reading() {
    return this.consumer?.reading;
  }

  private tellWaiters({ live }: Opened): void {
    if (live !== null) {
      const { applier } = live.queue;
      applier.onApplied = ({ newest }) => this.waiters.applied(newest);
      applier.onOthersApplied = () => this.waiters.changed();
    }
    this.waiters.changed();
  }

  private startReading({ live, store }: Opened): void {
    // The watch may have found a fault before there was a consumer to halt.
    if (this.#fault !== null) live?.consumer.halt(this.#fault);
    else live?.consumer.start();
    // Not awaited, because it reads the whole file.
    void store.check().catch((error: unknown) => {
      if (error instanceof StorageFault) this.halt(error);
    });
  }

  private ofThisVersion(): ReadableViews {
    const { live, store } = this.present();
    if (live === null) throw beingFilled(this.whyFrozen());
    return store;
  }

  private async read<T>(
    { reader }: ReadableViews,
    work: (reader: Reader) => Promise<T>,
  ): Promise<T> {
    try {
      return await work(reader);
    } catch (error) {
      if (error instanceof StoreAway) {
        throw notReadable("the views' database does not answer", 1);
      }
      if (!(error instanceof StorageFault)) throw error;
      this.halt(error);
      throw unreadable();
    }
  }

  private present(): Opened {
    if (this.#opened !== null) return this.#opened;
    if (this.#fault !== null) throw unreadable();
    throw notReadable('the views are being opened', 1);
  }

  /** Stops consumption until an operator decides; the first reason is reported. */
  private halt(fault: Fault): void {
    if (this.#fault !== null) return;
    // A fault of a file that was replaced meanwhile says nothing about the serving one.
    if (fault instanceof StorageFault && fault.file !== (this.#opened?.file ?? fault.file)) return;
    this.#fault = fault;
    this.metrics.isHalted = true;
    this.waiters.changed();
    const { consumer } = this;
    if (consumer === null) {
      this.context.logger.error({ fault: fault.message }, 'consumption has halted');
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
