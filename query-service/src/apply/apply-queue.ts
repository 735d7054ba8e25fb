import { GroupCommit } from 'service-kit/group-commit';
import { SerialQueue } from 'service-kit/serial-queue';
import { decode, type Decoded } from '../model/event';
import type { PartitionProgress } from '../model/partition';
import type { EventRecord } from '../model/record';
import { Overtaken } from '../store/overtaken';
import type { Applier } from './applier';
import { isFault } from './fault';

/**
 * How many records may wait for a transaction to end. The next one takes them all: the more it takes, the less each of
 * them costs, but they are held in memory.
 */
const mostWaiting = 8_000;

/** A record counts once more for each so many bytes: only some hundred of the largest orders wait. */
const bytesOfOne = 512;

/** One partition's batch, as it waits. */
interface Waiting {
  readonly decoded: readonly Decoded[];
  /** The applier whose checkpoints count it as taken. */
  readonly takenBy: Applier;
}

/**
 * The one way to an applier: fetched batches, and between them what operators ask for. Batches are decoded when they
 * come, while the transaction before is being written; what has come by its end is applied by the next one, together,
 * so that a busy row is written once and not once per batch.
 *
 * When something is not applied, nothing behind it is, until reading resumes at what is stored.
 */
export class ApplyQueue {
  /** Called when something that was handed over is not applied: reading goes back to what is stored, or halts. */
  onLost: (reason: unknown) => void = () => undefined;
  #applier: Applier;
  /** Batches and operators, one after another: each decides by what is stored. */
  private readonly serial = new SerialQueue();
  private readonly groups = new GroupCommit<Waiting>({
    queue: this.serial,
    write: (batches, onWriting) => this.write(batches, onWriting),
  });
  /** Settles with the batch that came last, and so with everything before it. */
  private applied: Promise<void> = Promise.resolve();
  /** Why what was taken is not applied, until reading resumes. */
  private lost: { readonly reason: unknown } | null = null;
  /** The same, until the one who hands over is told. */
  private untold: { readonly reason: unknown } | null = null;

  /**
   * @param pace resolves when the next fetch is welcome, given the promise of the batch before; by default, when there
   *   is room. If it waits for that promise, nothing is read ahead
   */
  constructor(
    applier: Applier,
    private readonly pace: (applied: Promise<void>) => Promise<void> = () => this.hasRoom(),
  ) {
    this.#applier = applier;
  }

  get applier(): Applier {
    return this.#applier;
  }

  /** Where reading stands in each partition, as it is stored. */
  stored(): PartitionProgress[] {
    return this.#applier.checkpoints.all();
  }

  /**
   * Hands over one partition's batch; resolves when the next fetch is welcome.
   *
   * @throws once, and not for a fault: why a batch that was handed over is not applied
   */
  async add(records: readonly EventRecord[]): Promise<void> {
    this.throwUntold();
    const applied = this.apply(records);
    this.applied = applied;
    applied.catch((reason: unknown) => {
      // Trying again does not mend a fault.
      if (!isFault(reason)) this.untold = { reason };
      this.onLost(reason);
    });
    await this.pace(applied);
    this.throwUntold();
  }

  /**
   * Hands over one partition's batch without waiting for room.
   *
   * @throws {HistoryFault} when the topic, the producer or the records are not what they must be
   * @throws {UndecodableFault} on a batch that cannot be decoded and was not skipped
   * @throws why it, or something before it, is not applied; nothing behind it is until reading resumes
   */
  async apply(records: readonly EventRecord[]): Promise<void> {
    if (this.lost !== null) throw this.lost.reason;
    const takenBy = this.#applier;
    takenBy.refuseUndecodable(records);
    const newer = takenBy.checkpoints.newerOf(records);
    const decoded = newer.map(decode);
    takenBy.checkpoints.take(newer);
    await this.groups.add({ decoded, takenBy }, sizeOf(newer));
  }

  /** Resolves when more is welcome: at once, or when SQLite writes what waits. */
  hasRoom(): Promise<void> {
    return this.groups.hasRoom(mostWaiting);
  }

  /** Tells kafkajs, which then logs the error, waits and fetches again. @throws once: why a batch is not applied */
  throwUntold(): void {
    const { untold } = this;
    this.untold = null;
    if (untold !== null) throw untold.reason;
  }

  /** Calls back when everything that was handed over so far is applied; not at all when it is lost. */
  whenApplied(callback: () => void): void {
    void this.applied.then(callback, () => undefined);
  }

  /**
   * Where to read a partition from, now that reading resumes: from here on, batches are taken again. Call it for every
   * partition that is read, within one tick.
   *
   * @see Checkpoints.resumeFrom
   */
  resumeFrom(topic: string, partition: number): number {
    this.lost = null;
    return this.#applier.checkpoints.resumeFrom(topic, partition);
  }

  /** Works between two batches; those that come meanwhile wait. */
  exclusive<T>(work: (applier: Applier) => Promise<T>): Promise<T> {
    return this.serial.run(async () => {
      try {
        return await work(this.#applier);
      } catch (reason) {
        // What waits was taken behind what was stored before.
        if (reason instanceof Overtaken) {
          this.lose(reason);
          this.onLost(reason);
        }
        throw reason;
      }
    });
  }

  /** Resolves when what was handed over so far is applied or lost. */
  idle(): Promise<void> {
    return this.exclusive(() => Promise.resolve());
  }

  /** Applies what waits and what comes to other views, which have read at least as far. Called within `exclusive`. */
  follow(applier: Applier): void {
    this.#applier.checkpoints.handTakenTo(applier.checkpoints);
    this.#applier = applier;
  }

  private async write(batches: readonly Waiting[], onWriting: () => void): Promise<void[]> {
    const applier = this.#applier;
    // What waited during a swap may be in the other views already.
    const decoded = batches.flatMap(({ decoded, takenBy }) =>
      takenBy === applier
        ? decoded
        : decoded.filter(({ record }) => !applier.checkpoints.holds(record)),
    );
    try {
      await applier.apply(decoded, onWriting);
    } catch (reason) {
      this.lose(reason);
      throw reason;
    }
    return batches.map(() => undefined);
  }

  private lose(reason: unknown): void {
    this.#applier.checkpoints.forgetTaken();
    this.lost = { reason };
    this.groups.refuse(reason);
  }
}

const sizeOf = (records: readonly EventRecord[]): number =>
  records.reduce((sum, { value }) => sum + 1 + Math.floor((value?.length ?? 0) / bytesOfOne), 0);
