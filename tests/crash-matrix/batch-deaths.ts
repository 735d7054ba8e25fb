import { until } from 'local/until';
import {
  type Batch,
  batches,
  batchPoints,
  ends,
  everySecond,
  passesOf,
  requests,
} from './batch-points';
import { BatchEvents } from './batch-events';
import { expectEqual } from './equal';
import { ask, holdRebuild, parkedByAnOlderVersion, untilRebuilt } from './operator-requests';
import type { Death } from './point';
import type { CommandService, QueryService, Servers } from './servers';
import { changeViewsIn, viewsState } from './views-state';

const deadlineMs = 90_000;

export interface BatchDeath {
  readonly point: keyof typeof batchPoints;
  readonly passedBy: string;
}

/** Every failpoint with each batch, request or second that passes it. */
export const batchDeaths: BatchDeath[] = Object.entries(batchPoints).flatMap(
  ([point, { passedBy }]) =>
    passedBy.map((by) => ({ point: point as BatchDeath['point'], passedBy: by })),
);

/** A death that is planned: at the n-th pass. */
interface Arm extends BatchDeath {
  readonly pass: number;
}

type Outcome = { readonly arm: Arm } & (
  | { readonly death: Death }
  /** It passed the point less often than that. */
  | { readonly death: null }
  | { readonly error: unknown }
);

/**
 * Kills replicas of the query service, each at a point of its own, all by one and the same batch; or, where an
 * operator's request is what passes the point, by a request to each. Starts them again, and waits until
 * their views equal PostgreSQL.
 */
export class BatchMatrix {
  private readonly outcomes: Outcome[] = [];
  private readonly events: BatchEvents;

  constructor(
    private readonly servers: Servers,
    private readonly replicas: readonly QueryService[],
    commands: CommandService,
  ) {
    this.events = new BatchEvents(servers, commands);
  }

  /** Never rejects: `deathsOf` does. */
  async run(): Promise<void> {
    for (const batch of batches) {
      await this.runAll(
        batchDeaths.filter(({ passedBy }) => passedBy === batch),
        batch,
      );
    }
    const apart: string[] = [...requests, everySecond];
    await this.runAll(
      batchDeaths.filter(({ passedBy }) => apart.includes(passedBy)),
      null,
    );
  }

  /**
   * The deaths at this point by this batch or request: one for each time that it passes.
   *
   * @throws what went wrong with one of them
   */
  deathsOf(death: BatchDeath): Death[] {
    return this.outcomesOf(death).flatMap((outcome) => {
      if ('error' in outcome) throw outcome.error;
      return outcome.death ?? [];
    });
  }

  private outcomesOf({ point, passedBy }: BatchDeath): Outcome[] {
    return this.outcomes.filter(({ arm }) => arm.point === point && arm.passedBy === passedBy);
  }

  /** @param batch what all replicas get at once; null: each of them what its own death needs */
  private async runAll(deaths: readonly BatchDeath[], batch: Batch | null): Promise<void> {
    const left = new Map(deaths.map((death) => [death, passesOf(death.point)]));
    const tried = new Map<BatchDeath, number>();
    while (left.size > 0) {
      const arms = [...left].flatMap(([death, passes]) => {
        const first = tried.get(death) ?? 0;
        tried.set(death, first + passes);
        return Array.from({ length: passes }, (_, i) => ({ ...death, pass: first + i + 1 }));
      });
      for (let at = 0; at < arms.length; at += this.replicas.length) {
        await this.round(arms.slice(at, at + this.replicas.length), batch);
      }
      // For failpoints that are passed often, try later passes, until a replica lives because there are no more.
      for (const [death, passes] of left) {
        const all = this.outcomesOf(death).every((one) => 'death' in one && one.death !== null);
        if (passes === 1 || !all) left.delete(death);
      }
    }
  }

  private async round(arms: readonly Arm[], batch: Batch | null): Promise<void> {
    const pairs = arms.map((arm, i): [Arm, QueryService] => {
      const replica = this.replicas[i];
      if (replica === undefined) throw new Error('more arms than replicas');
      return [arm, replica];
    });
    const drive = batch === null ? () => Promise.resolve() : this.events.prepare(batch);
    const armed: (() => Promise<Outcome>)[] = [];
    for (const [arm, replica] of pairs) {
      armed.push(
        await this.arm(arm, replica).catch(
          (error: unknown) => () => Promise.resolve({ arm, error }),
        ),
      );
    }
    await drive();
    this.outcomes.push(...(await Promise.all(armed.map((follow) => follow()))));
  }

  /** Makes a replica mortal. @returns follows it into its death and back */
  private async arm(arm: Arm, replica: QueryService): Promise<() => Promise<Outcome>> {
    const { point, pass, passedBy } = arm;
    if (passedBy === 'redrive') await changeViewsIn(replica.folder, parkedByAnOlderVersion);
    if (passedBy === 'abort') await holdRebuild(replica);
    const before = await viewsState(replica.folder);
    await replica.arm(point, pass);
    return async () => {
      try {
        const answered = ask(replica, passedBy);
        if (await this.livesOn(arm, replica, before, answered)) {
          // Its point is still armed.
          await replica.kill();
          await replica.start();
          return { arm, death: null };
        }
        return { arm, death: await this.comeBack(arm, replica, before) };
      } catch (error) {
        await replica.kill();
        await replica.start();
        return { arm, error };
      }
    };
  }

  /** Waits until it has died, or has done all there was to do. */
  private async livesOn(
    { point, passedBy }: Arm,
    replica: QueryService,
    before: string,
    answered: Promise<boolean>,
  ): Promise<boolean> {
    const done = async (): Promise<void> => {
      if (!(await answered)) throw new Error(`no answer to ${passedBy}`);
      await replica.untilReady();
      // A resume ends where it began.
      if (passedBy === 'resume') return;
      if ((await viewsState(replica.folder)) === before) throw new Error('nothing was applied');
    };
    return until(async () => {
      if (!replica.lives) return false;
      if (passesOf(point) === 1) throw new Error(`${point} was not reached`);
      await done();
      return replica.lives;
    }, deadlineMs);
  }

  private async comeBack(arm: Arm, replica: QueryService, before: string): Promise<Death> {
    const { point, passedBy } = arm;
    await replica.diedAtFailpoint(point);
    const served = (JSON.parse(before) as [{ serves: string }])[0].serves;
    await expect(fetch(`${replica.url}${aView}`)).rejects.toThrow('fetch failed');
    const after = await viewsState(replica.folder);
    if (batchPoints[point].left.startsWith('nothing')) expect(after).toBe(before);
    else expect(after).not.toBe(before);

    await replica.launch();
    await until(
      async () => expect((await fetch(`${replica.url}${aView}`)).status).toBe(200),
      deadlineMs,
    );
    const servesMs = replica.sinceDeath;
    await replica.untilReady();
    if (passedBy === 'rebuild') await untilRebuilt(replica.folder, served, ends.has(point));
    await expectEqual(replica.admin, this.servers);
    return { point, passedBy, servesMs, equalMs: replica.sinceDeath };
  }
}

const aView = '/api/analytics/products/1/sales';
