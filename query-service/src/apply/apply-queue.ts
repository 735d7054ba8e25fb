import { GroupCommit } from 'service-kit/group-commit';
import { pause } from 'service-kit/pauses';
import { SerialQueue } from 'service-kit/serial-queue';
import { decode, type Decoded } from '../model/event';
import type { PartitionProgress } from '../model/partition';
import type { EventRecord } from '../model/record';
import { Overtaken } from '../store/overtaken';
import type { Applier } from './applier';
import { isFault } from './fault';

/**
 * How many records may wait for a transaction to end. The next transaction writes all of them: more records cost less
 * each, but they are held in memory.
 */
const mostWaiting = 8_000;

/** A record counts as one more for each 512 bytes, so that only some hundred of the largest orders wait. */
const bytesOfOne = 512;

/** A waiting batch of one partition. */
interface Waiting {
  readonly decoded: Promise<readonly Decoded[]>;
  /** The applier whose checkpoints count it as taken. */
  readonly takenBy: Applier;
}

/** So many records are decoded within a millisecond or two. */
const piece = 200;

/**
 * Hands fetched batches to an applier, and between them the requests of operators. A batch is decoded when it comes,
 * while the previous transaction is being written. The next transaction applies all batches that have come by then, so
 * that a busy row is written once and not once per batch.
 *
 * When a batch is not applied, no later one is, until reading resumes at the stored position.
 */
export class ApplyQueue {
  /** Called when a batch is not applied: reading then goes back to the stored position, or halts. */
  onLost: (reason: unknown) => void = () => undefined;
  #applier: Applier;
  /** Runs batches and operators' requests one after another, because each decides by what is stored. */
  private readonly serial = new SerialQueue();
  private readonly groups = new GroupCommit<Waiting>({
    queue: this.serial,
    write: (batches, onWriting) => this.write(batches, onWriting),
  });
  /** Settles when all that was handed over is decoded. */
  private decoding: Promise<void> = Promise.resolve();
  /** Settles with the last batch, and so with all before it. */
  private applied: Promise<void> = Promise.resolve();
  /** Why the taken batches are not applied, until reading resumes. */
  private lost: { readonly reason: unknown } | null = null;
  /** The same reason, until it has been thrown once. */
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

  /** The stored position of each partition. */
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
      // Trying again does not mend a fault, and where another member was quicker, a seek does.
      if (!isFault(reason) && !(reason instanceof Overtaken)) this.untold = { reason };
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
   * @throws why this batch, or one before it, is not applied; no later one is until reading resumes
   */
  async apply(records: readonly EventRecord[]): Promise<void> {
    if (this.lost !== null) throw this.lost.reason;
    const takenBy = this.#applier;
    takenBy.refuseUndecodable(records);
    const newer = takenBy.checkpoints.newerOf(records);
    takenBy.checkpoints.take(newer);
    const decoded = this.decodeNext(newer);
    await this.groups.add({ decoded, takenBy }, sizeOf(newer));
  }

  /** Resolves when there is room for more records: at once, or when the waiting ones are being written. */
  hasRoom(): Promise<void> {
    return this.groups.hasRoom(mostWaiting);
  }

  /** Tells kafkajs, which then logs the error, waits and fetches again. @throws why a batch is not applied, once */
  throwUntold(): void {
    const { untold } = this;
    this.untold = null;
    if (untold !== null) throw untold.reason;
  }

  /** Calls back when all batches so far are applied; never when they are lost. */
  whenApplied(callback: () => void): void {
    void this.applied.then(callback, () => undefined);
  }

  /**
   * Where to read a partition from, now that reading resumes: from here on, batches are taken again. Call it for every
   * partition that is read, within one tick, behind `beginResume`.
   *
   * @see Checkpoints.resumeFrom
   */
  resumeFrom(topic: string, partition: number): number {
    this.lost = null;
    return this.#applier.checkpoints.resumeFrom(topic, partition);
  }

  /**
   * Reads anew where each partition stands, because other members have read some of them until now. What waits is given up, and
   * reading resumes there.
   */
  readAnew(): Promise<void> {
    return this.serial.run(async () => {
      await this.#applier.readAnew();
      const reason = new Overtaken('partitions that this one was given');
      this.lose(reason);
      this.onLost(reason);
    });
  }

  /** Works between two batches; those that come meanwhile wait. */
  exclusive<T>(work: (applier: Applier) => Promise<T>): Promise<T> {
    return this.serial.run(async () => {
      try {
        return await work(this.#applier);
      } catch (reason) {
        // Waiting batches relied on checkpoints that are no longer valid.
        if (reason instanceof Overtaken) {
          this.lose(reason);
          this.onLost(reason);
        }
        throw reason;
      }
    });
  }

  /** Reading resumes: what was expected of partitions that are not read any more is not waited for. */
  beginResume(): void {
    this.lost = null;
    this.#applier.checkpoints.expectNothing();
  }

  /** Resolves when what was handed over so far is applied or lost. */
  idle(): Promise<void> {
    return this.exclusive(() => Promise.resolve());
  }

  /** Applies waiting and later batches to other views, which have read at least as far. Called within `exclusive`. */
  follow(applier: Applier): void {
    this.#applier.checkpoints.handTakenTo(applier.checkpoints);
    this.#applier = applier;
  }

  /** Decodes these records behind all that came before, so that only one piece keeps each turn of the event loop. */
  private decodeNext(records: readonly EventRecord[]): Promise<readonly Decoded[]> {
    const decoded = this.decoding.then(() => this.decode(records));
    // A defect is told by the transaction that was to write them, and does not keep others from being decoded.
    this.decoding = decoded.then(
      () => undefined,
      () => undefined,
    );
    return decoded;
  }

  private async decode(records: readonly EventRecord[]): Promise<readonly Decoded[]> {
    const decoded: Decoded[] = [];
    for (let from = 0; from < records.length; from += piece) {
      if (records.length > piece) await pause();
      for (const record of records.slice(from, from + piece)) decoded.push(decode(record));
    }
    return decoded;
  }

  private async write(batches: readonly Waiting[], onWriting: () => void): Promise<void[]> {
    const applier = this.#applier;
    try {
      const all: Decoded[] = [];
      for (const { decoded, takenBy } of batches) {
        for (const one of await decoded) {
          // Batches that waited during a swap may already be in the other views.
          if (takenBy === applier || !applier.checkpoints.holds(one.record)) all.push(one);
        }
      }
      await applier.apply(all, onWriting);
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
