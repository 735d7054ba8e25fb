import type { Applier } from '../apply/applier';
import type { EventRecord } from '../apply/event';
import { isFault } from './fault';

/** Where batches go. */
export type Sink = Pick<Applier, 'apply' | 'hasRoom'>;

/**
 * Lets kafkajs fetch on while what it has fetched is being applied: it decodes the next fetch in the time that
 * SQLite takes to write this one.
 */
export class ReadAhead {
  /** Of what was handed over last. It is applied when everything before it is. */
  private applied: Promise<void> = Promise.resolve();
  /** Why something that kafkajs takes for done was not applied, until kafkajs is told. */
  private lost: { readonly reason: unknown } | null = null;

  /** @param onLost called when something is not applied: reading goes back to what is stored, or halts */
  constructor(private readonly onLost: (reason: unknown) => void) {}

  /**
   * Hands over a partition's batch; resolves when the next fetch is welcome.
   *
   * @throws why one that was handed over is not applied
   */
  async handOver(records: readonly EventRecord[], sink: Sink): Promise<void> {
    this.applied = sink.apply(records);
    this.applied.catch((reason: unknown) => {
      // A fault is nothing that trying again mends.
      if (!isFault(reason)) this.lost = { reason };
      this.onLost(reason);
    });
    await sink.hasRoom();
    this.throwLost();
  }

  /**
   * kafkajs logs what it is told, waits and fetches again.
   *
   * @throws once: why a batch that was handed over is not applied
   */
  throwLost(): void {
    const { lost } = this;
    this.lost = null;
    if (lost !== null) throw lost.reason;
  }

  /** Calls back when everything that was handed over so far is applied; not at all when it is lost. */
  whenApplied(callback: () => void): void {
    void this.applied.then(callback, () => undefined);
  }

  /** Resolves when nothing is under way any more, applied or lost. */
  async settled(): Promise<void> {
    await this.applied.catch(() => undefined);
  }
}
