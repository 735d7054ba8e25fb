import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'service-kit/logger';
import { partitionName } from '../model/partition';
import type { Position, Sharing, Sight } from '../store/view-store';
import { Positions } from './positions';

/** What others have applied shows in this member's `As-Of` and readiness so much later. */
const everyMs = 100;

export interface MembersOptions {
  /** That of the views that serve now. */
  readonly sharing: () => Sharing;
  /** Gets what is stored, by whomever. @param isNews whether somebody has stored something since the last time */
  readonly onSight: (sight: Sight, isNews: boolean) => Promise<void>;
  /** Called when it could not be looked, with the reason, and with null when it can be again. */
  readonly onBlind: (why: string | null) => void;
  /** Called when reading has to begin anew: by an operator's word, or because the store has lost what it had confirmed. */
  readonly onMoved: () => void;
  readonly logger: Logger;
}

/**
 * What a member of a group tells the others about the partitions that it reads, and what it learns from them about the rest: so
 * each of them can say for all partitions how far they were read.
 */
export class Members {
  private readonly read = new Positions();
  private readonly touched = new Map<string, Position>();
  private epoch: number | null = null;
  private seqs: ReadonlyMap<string, number> = new Map();
  private isBlind = false;

  constructor(private readonly options: MembersOptions) {}

  /** This member has read a partition up to an offset, and all of that is applied. */
  advance(topic: string, partition: number, next: number): void {
    this.read.advance(topic, partition, next);
    this.touched.set(partitionName(topic, partition), { topic, partition, offset: next });
  }

  /** Other views serve from here on: what was seen of those before says nothing of them. */
  forget(): void {
    this.epoch = null;
    this.seqs = new Map();
  }

  /** Looks once, before reading begins. */
  async begin(): Promise<void> {
    await this.look(this.options.sharing());
  }

  /** Tells and looks again and again, until `signal`, or reading has to begin anew. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await wait(everyMs, undefined, { signal }).catch(() => null);
      if (signal.aborted) return;
      const sharing = this.options.sharing();
      try {
        await this.tell(sharing);
        if (!(await this.look(sharing))) {
          if (!signal.aborted) this.options.onMoved();
          return;
        }
        if (this.isBlind) this.options.onBlind(null);
        this.isBlind = false;
      } catch (error) {
        // Closed meanwhile, because others serve.
        if (sharing !== this.options.sharing()) continue;
        if (!this.isBlind)
          this.options.logger.warn({ err: error }, 'the views cannot be looked at');
        this.isBlind = true;
        this.options.onBlind((error as Error).message);
      }
    }
  }

  private async tell(sharing: Sharing): Promise<void> {
    const { epoch } = this;
    if (epoch === null || this.touched.size === 0) return;
    const told = [...this.touched.values()];
    await sharing.report(
      told.map(({ topic, partition }) => ({
        ...{ topic, partition },
        offset: this.read.of(topic, partition),
      })),
      epoch,
    );
    for (const { topic, partition, offset } of told) {
      const name = partitionName(topic, partition);
      if (this.touched.get(name)?.offset === offset) this.touched.delete(name);
    }
  }

  /** @returns false when what this member knows is not what it takes to read on */
  private async look(sharing: Sharing): Promise<boolean> {
    const { logger, onSight } = this.options;
    const sight = await sharing.look();
    if (sharing !== this.options.sharing()) return true;
    this.epoch ??= sight.epoch;
    if (sight.epoch !== this.epoch) return false;
    const seqs = new Map(
      sight.progress.map(({ topic, partition, seq = 0 }) => [partitionName(topic, partition), seq]),
    );
    for (const [partition, seq] of this.seqs) {
      const now = seqs.get(partition) ?? 0;
      if (now >= seq) continue;
      // As after a failover to a standby that had not got everything: what is missing is still in Kafka.
      logger.error({ partition, seq, now }, 'the database has lost what it had confirmed');
      return false;
    }
    const isNews = [...seqs].some(([partition, seq]) => this.seqs.get(partition) !== seq);
    this.seqs = seqs;
    await onSight(sight, isNews);
    return true;
  }
}
