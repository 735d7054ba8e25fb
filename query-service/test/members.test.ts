import { isDeepStrictEqual } from 'node:util';
import { setTimeout as wait } from 'node:timers/promises';
import { Applier } from '../src/apply/applier';
import { ApplyQueue } from '../src/apply/apply-queue';
import { ApplyMetrics } from '../src/apply/metrics';
import { redriveAll } from '../src/apply/redrive';
import { Database } from '../src/store/postgres/database';
import type { PostgresViewStore } from '../src/store/postgres/postgres-view-store';
import type { ViewStore } from '../src/store/view-store';
import { logOf, type Partition } from './simulation/log';
import { promised } from './simulation/model';
import type { Plan } from './simulation/plan';
import { openPostgresTarget, type PostgresTarget } from './simulation/postgres-target';
import { silent } from './support/views';
import { isGivenServer } from './support/views-database';

jest.setTimeout(5 * 60_000);

let target: PostgresTarget;
beforeAll(async () => {
  target = await openPostgresTarget();
});
afterAll(() => target.close());

/** Each order of three lines and up to three versions; some events come twice, late, or cannot be read. */
const plan: Plan = {
  products: Array.from({ length: 30 }, (_, i) => ({
    categories: ['A', 'B', 'C'].slice(0, 1 + (i % 3)),
  })),
  orders: Array.from({ length: 600 }, (_, i) => ({
    customer: 1 + (i % 40),
    lines: [0, 1, 2].map((n) => ({
      product: 1 + ((i * 7 + n * 11) % 30),
      quantity: 1 + (i % 3),
      cents: 29 * (1 + n),
    })),
    placedAt: new Date(Date.UTC(2026, 1, 26) + i * 600_000 + 59_999).toISOString(),
    statuses:
      [['CREATED'], ['CREATED', 'CANCELLED'], ['CREATED', 'SHIPPED', 'DELIVERED']][i % 3] ?? [],
  })),
  written: [1, 1, 2, 1, 1, 1, 2].map((copies, i) => ({
    copies,
    ranks: [i % 5, (i * 3) % 7],
    poisoned: i === 4,
  })),
  steps: [],
};
const log = logOf(plan);
const expected = promised(log.flat().map(({ event }) => event));

/** A member that believes that it owns every partition. It reads until the store holds all of the log. */
class Member {
  /** How often another one was quicker. */
  overtaken = 0;
  private next: number[] = [];

  private constructor(
    private readonly queue: ApplyQueue,
    private readonly store: ViewStore,
  ) {}

  static async join(store: ViewStore): Promise<Member> {
    const metrics = new ApplyMetrics();
    const options = { store, maxParkedRun: 1_000, metrics, logger: silent };
    return new Member(new ApplyQueue(await Applier.open(options)), store);
  }

  async readToTheEnd(): Promise<void> {
    this.seek();
    while (!(await this.isDone())) {
      const size = 1 + Math.floor(Math.random() * 40);
      const read = log.map((partition, n) =>
        partition.slice(this.next[n], (this.next[n] ?? 0) + size),
      );
      try {
        if (Math.random() < 0.1) await redriveAll(this.queue, this.store.reader, 'test', silent);
        await Promise.all(read.map((part) => this.queue.apply(part.map(({ record }) => record))));
        this.next = this.next.map((next, n) => next + (read[n]?.length ?? 0));
      } catch (error) {
        if ((error as Error).name === 'Overtaken') this.overtaken++;
        await this.queue.idle();
        this.seek();
      }
      await wait(Math.random() * 5);
    }
  }

  private seek(): void {
    this.next = log.map((partition) => {
      const [first] = partition;
      if (first === undefined) return 0;
      const offset = this.queue.resumeFrom(first.record.topic, first.record.partition);
      return partition.findIndex(({ record }) => record.offset >= offset);
    });
  }

  private async isDone(): Promise<boolean> {
    // A connection that was just killed: it looks again.
    const stored = await this.store.progress().catch(() => []);
    return log.every((partition: Partition) => {
      const last = partition.at(-1)?.record;
      const at = stored.find((p) => p.topic === last?.topic && p.partition === last.partition);
      return last === undefined || (at?.offset ?? -1) >= last.offset;
    });
  }
}

interface Outcome {
  readonly isRight: boolean;
  readonly killed: number;
  readonly overtaken: number;
}

/**
 * Three members read the same log into the same views, while connections are ended at random.
 *
 * @param harm what is done to them again and again. @returns how many connections that ended, at least
 */
async function contend(
  as: (store: PostgresViewStore) => ViewStore,
  harm = () => target.killBackends(0.1),
  isolation?: 'SERIALIZABLE',
): Promise<Outcome> {
  await target.erase();
  const stores = await Promise.all([1, 2, 3].map(() => target.join(isolation)));
  const members = await Promise.all(stores.map((store) => Member.join(as(store))));
  let isReading = true;
  let killed = 0;
  const killing = (async () => {
    while (isReading) {
      await wait(100 * Math.random());
      killed += await harm();
    }
  })();
  await Promise.all(members.map((member) => member.readToTheEnd()));
  isReading = false;
  await killing;
  await Promise.all(stores.map((store) => store.close()));
  return {
    isRight: isDeepStrictEqual(await answers(), expected),
    killed,
    overtaken: members.reduce((sum, member) => sum + member.overtaken, 0),
  };
}

/** The target's own connections may have been ended as well: the next try opens others. */
async function answers() {
  for (;;) {
    try {
      return await target.answers();
    } catch {
      await wait(10);
    }
  }
}

/** A store that takes whatever basis is stored when it commits for the one that the step was computed from. */
const withoutComparing = (real: PostgresViewStore): ViewStore =>
  Object.assign(Object.create(real) as ViewStore, {
    commit: async (step: Parameters<ViewStore['commit']>[0]) => {
      const { basis } = step;
      const at = (await real.progress()).find(
        (p) => p.topic === basis?.topic && p.partition === basis.partition,
      );
      return real.commit({ ...step, basis: basis && { ...basis, seq: at?.seq ?? null } });
    },
  });

describe('three members that each believe that they own every partition, and lose connections', () => {
  test('count each event once', async () => {
    for (let round = 1; round <= 3; round++) {
      const { isRight, killed, overtaken } = await contend((store) => store);
      process.stdout.write(`${killed} connections ended, ${overtaken} times overtaken\n`);
      expect({ round, isRight }).toEqual({ round, isRight: true });
      expect(killed).toBeGreaterThan(0);
      expect(overtaken).toBeGreaterThan(0);
    }
  });

  const ofOurs = isGivenServer ? test.skip : test;
  ofOurs('count each event once when the database is killed, too', async () => {
    const restart = async (): Promise<number> => {
      await wait(100);
      await target.server.restart();
      return 1;
    };
    // A machine that is quick has read everything before the second time.
    for (let killed = 0; killed < 2;) {
      const outcome = await contend((store) => store, restart);
      expect(outcome.isRight).toBe(true);
      killed += outcome.killed;
    }
  });

  test('count each event once when PostgreSQL refuses transactions that it cannot serialize', async () => {
    const begun = jest.spyOn(Database.prototype, 'transaction');
    const tried = jest.spyOn(Database.prototype as unknown as { once(): Promise<unknown> }, 'once');
    try {
      const { isRight } = await contend((store) => store, undefined, 'SERIALIZABLE');
      const again = tried.mock.calls.length - begun.mock.calls.length;
      process.stdout.write(`SERIALIZABLE: ${again} of ${begun.mock.calls.length} tried again\n`);
      expect(isRight).toBe(true);
      expect(again).toBeGreaterThan(0);
    } finally {
      jest.restoreAllMocks();
    }
  });

  test('would not, if a step did not compare what it was computed from', async () => {
    const outcomes: boolean[] = [];
    for (let round = 1; round <= 5 && outcomes.every((isRight) => isRight); round++) {
      outcomes.push((await contend(withoutComparing)).isRight);
    }
    expect(outcomes).toContain(false);
  });
});
