import { isDeepStrictEqual } from 'node:util';
import { armFailpoints, disarmFailpoints } from 'service-kit/failpoints';
import { Applier } from '../../src/apply/applier';
import { ApplyQueue } from '../../src/apply/apply-queue';
import { ApplyMetrics } from '../../src/apply/metrics';
import { failpoints } from '../../src/failpoints';
import type { ViewStore } from '../../src/store/view-store';
import { silent } from '../support/views';
import { logOf, type Partition } from './log';
import { promised, type Answers } from './model';
import type { Plan, ReadEvent, ReadStep } from './plan';

/** Where views are kept, emptied for each case. */
export interface Target {
  readonly store: ViewStore;
  /** How many views it keeps. */
  readonly viewCount: number;
  /** Lets the next steps fail behind what they write for this view; null: no more. */
  failBehind(view: number | null): void;
  erase(): Promise<void>;
  answers(): Promise<Answers>;
  close(): Promise<void>;
}

/** The views are not what the contract promises for the events that count as read. */
export class Difference extends Error {
  override name = 'Difference';

  constructor(when: string, actual: Answers, expected: Answers) {
    super(`${when}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
  }
}

const crashPoints: Partial<Record<ReadEvent, string>> = {
  'crash before the transaction': failpoints.beforeTransaction,
  'crash before the commit': failpoints.beforeCommit,
  'crash after the commit': failpoints.afterCommit,
};

/**
 * Reads a plan's log into the views as the service does: the real applier, resumed from what the
 * store holds after each crash. What kafkajs does is played by an index per partition.
 *
 * Whenever the reader starts anew, and at the end, the views must be what the contract promises for
 * the records up to the stored offsets: neither more nor less.
 *
 * @throws {Difference} when they are not
 */
export async function simulate(plan: Plan, target: Target): Promise<void> {
  await target.erase();
  const reader = new SimulatedReader(logOf(plan), target);
  await reader.start();
  for (const step of plan.steps) await reader.read(step);
  await reader.readToTheEnd();
}

class SimulatedReader {
  private queue: ApplyQueue | null = null;
  /** Index of the next record, by partition. */
  private next: number[] = [];
  /** What it was after the last join: kafkajs hands over nothing before that. */
  private joinedAt: readonly number[] = [];
  /** How many records count as read, by partition: up to the highest offset that was ever stored. */
  private readonly counted: number[];

  constructor(
    private readonly log: readonly Partition[],
    private readonly target: Target,
  ) {
    this.counted = log.map(() => 0);
  }

  /** A new process: it knows what is stored, nothing else. */
  async start(): Promise<void> {
    const { store } = this.target;
    this.queue = new ApplyQueue(
      await Applier.open({
        store,
        maxParkedRun: 1_000,
        metrics: new ApplyMetrics(),
        logger: silent,
      }),
    );
    this.join();
  }

  async read({ partition, size, event }: ReadStep): Promise<void> {
    if (event === 'replay from the beginning') {
      await this.check(event);
      await this.target.store.rewind();
      await this.start();
    }
    if (event === 'group rejoined') this.join();
    if (event === 'fetched again') {
      this.next[partition] = Math.max(this.joinedAt[partition] ?? 0, this.at(partition) - size);
    }

    if (!event.startsWith('crash')) {
      await this.apply(partition, size);
    } else {
      const point = crashPoints[event];
      if (point === undefined) this.target.failBehind(size % this.target.viewCount);
      else armFailpoints(`${point}=throw`);
      await this.crash(() => this.apply(partition, size));
      await this.check(event);
      await this.start();
    }
  }

  async readToTheEnd(): Promise<void> {
    const left = (): number[] =>
      [...this.log.keys()].filter((n) => this.at(n) < (this.log[n]?.length ?? 0));
    // All partitions at once, as a fetch brings them.
    while (left().length > 0) await Promise.all(left().map((n) => this.apply(n, 7)));
    await this.check('at the end');
  }

  private async apply(partition: number, size: number): Promise<void> {
    const from = this.at(partition);
    const read = this.log[partition]?.slice(from, from + 2 * size) ?? [];
    const records = read.map(({ record }) => record);
    // The second is read ahead, while the first is being written: as the consumer does.
    const first = this.queue?.apply(records.slice(0, size));
    // What fails is the first alone: the second could be applied, and must not be.
    const isSettled = first?.catch(() => this.disarm());
    await this.queue?.hasRoom();
    const second = this.queue?.apply(records.slice(size));
    await Promise.allSettled([isSettled, second]);
    await Promise.all([first, second]);
    this.next[partition] = from + read.length;
  }

  private async crash(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!/failpoint apply-|malformed JSON/.test(String(error))) throw error;
    } finally {
      this.disarm();
    }
  }

  private disarm(): void {
    disarmFailpoints();
    this.target.failBehind(null);
  }

  /** Every partition is set to where the store stands, as the consumer's GROUP_JOIN listener does. */
  private join(): void {
    this.next = this.log.map((records) => {
      const [first] = records;
      if (first === undefined) return 0;
      const offset = this.queue?.resumeFrom(first.record.topic, first.record.partition) ?? 0;
      return records.findIndex(({ record }) => record.offset >= offset);
    });
    this.joinedAt = [...this.next];
  }

  private async check(when: string): Promise<void> {
    for (const { topic, partition, offset } of await this.target.store.progress()) {
      for (const [index, records] of this.log.entries()) {
        if (records[0]?.record.topic !== topic || records[0].record.partition !== partition)
          continue;
        const count = records.filter(({ record }) => record.offset <= offset).length;
        this.counted[index] = Math.max(count, this.counted[index] ?? 0);
      }
    }
    const read = this.log.flatMap((records, index) => records.slice(0, this.counted[index]));
    const expected = promised(read.map(({ event }) => event));
    const actual = await this.target.answers();
    if (!isDeepStrictEqual(actual, expected)) throw new Difference(when, actual, expected);
  }

  private at(partition: number): number {
    return this.next[partition] ?? 0;
  }
}
