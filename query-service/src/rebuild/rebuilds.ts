import { basename } from 'node:path';
import { failpoint } from 'service-kit/failpoints';
import { Problem } from 'service-kit/problem';
import type { ApplyMetrics } from '../apply/metrics';
import { rebuildFailpoints } from '../failpoints';
import type { Keeping } from '../keeping';
import type { Opened } from '../serving/opened';
import type { ServingViews } from '../serving/serving-views';
import { handOver, replace } from '../serving/swap';
import { lettersIn, lettersOf, type LetterPage } from '../store/carried-letters';
import type { DataFolder, RebuildPlan } from '../store/data-folder';
import type { Turns } from '../turns';
import type { Reader } from '../views/view';
import { removeGroups } from '../consumer/group';
import { Candidate, rebuildGroup } from './candidate';
import type { Yardstick } from './differences';
import { createFile, isUsable } from './new-file';
import { Rebuild, type Serving } from './rebuild';
import { showRebuild } from './metrics';

/** How an operator wants it. */
export interface RebuildWish {
  /** Swap on `swap` only. */
  readonly hold: boolean;
  /** What the topics hold now is what there is; what nobody can read any more is parked. */
  readonly acceptTruncated: boolean;
}

/**
 * The rebuilds of one replica, one at a time. What changes something is called in a turn of the
 * projection's, except where it says that it takes one.
 */
export class Rebuilds implements Serving {
  /** The one under way, or how the last one has ended. */
  private latest: Rebuild | null = null;
  private readonly stopping = new AbortController();
  /** What is left to do in Kafka behind a rebuild's end. */
  private leaving: Promise<void> = Promise.resolve();

  constructor(
    private readonly serving: ServingViews,
    private readonly folder: DataFolder,
    private readonly keeping: Keeping,
    private readonly metrics: ApplyMetrics,
    private readonly turns: Turns,
  ) {
    showRebuild(metrics.registry, () => this.latest);
  }

  /** The rebuild that is under way. */
  get present(): Rebuild | null {
    return this.latest === null || this.latest.isOver ? null : this.latest;
  }

  /** For people: the rebuild under way, or how the last one of this process has ended. */
  describe() {
    return this.latest?.describe() ?? null;
  }

  /** Why a file of another projection version answers. */
  whyFrozen(): string {
    const wanted = `the views are to be filled anew for projection version ${this.keeping.definition.version}`;
    const rebuild = this.latest?.describe();
    if (rebuild === undefined) return wanted;
    const { state, percent, failure, held } = rebuild;
    if (failure !== null) return `${wanted}, and that has failed: ${failure}`;
    const why = held ? '; `npm run consumption -- status` says what it waits for' : '';
    return `${wanted}: ${state}, ${percent} %${why}`;
  }

  /** Names the file that serves; makes the first one. @throws {StorageFault} when it cannot be used */
  async servingFile(): Promise<{ file: string; version: number }> {
    const current = await this.folder.current();
    if (current !== null) return current;
    const file = await this.folder.startNewFile((name) => this.create(name, null));
    return { file, version: this.keeping.definition.version };
  }

  /** Goes on where the process before stood: with a rebuild under way, or behind a swap. */
  async goOn(): Promise<void> {
    const { definition, logger } = this.keeping;
    const plan = await this.folder.plan();
    const serves = basename((await this.folder.serves()) ?? '');
    if (plan !== null && plan.candidate === serves) {
      await this.settle(plan);
    } else if (plan !== null) {
      const file = this.folder.pathOf(plan.candidate);
      if (await isUsable(file, definition.version)) await this.launch(plan);
      else {
        logger.warn({ file }, 'a rebuild that this program cannot go on with is given up');
        await this.folder.forgetPlan();
      }
    }
    const { opened } = this.serving;
    if (this.present === null && opened?.live === null) await this.beginBecauseOfVersion(opened);
    // Whoever looks for what was lost with a broken file finds everything still there.
    if (opened !== null) await this.tidy();
    if (this.present === null) this.leaveKafka();
  }

  /** @throws {Problem} 409 when a rebuild is under way */
  refuseTwo(): void {
    if (this.present === null) return;
    const { state, percent } = this.present.describe();
    throw new Problem(
      409,
      `a rebuild is under way (${state}, ${percent} %): see \`status\`, end it by \`abort\``,
    );
  }

  /** Begins to fill a candidate. @returns what happens now, for the operator */
  async begin(wish: RebuildWish): Promise<string> {
    const { opened } = this.serving;
    if (opened === null) throw new Problem(503, 'the views are not open');
    await this.launch(await this.planNew(opened, 'rebuild', wish));
    return 'filling a new file beside the one that serves';
  }

  /** @see Projection.rollback */
  async rollback({ hold }: Pick<RebuildWish, 'hold'>): Promise<string> {
    this.refuseTwo();
    const { version } = this.keeping.definition;
    const file = this.folder.previous();
    if (file === null) throw new Problem(409, 'no file is kept from before');
    if (!(await isUsable(file, version))) {
      throw new Problem(409, `${file} is missing, damaged or not of projection version ${version}`);
    }
    await this.launch(await this.record(file, 'rollback', hold));
    return `reading on in ${basename(file)}, beside the file that serves`;
  }

  /** @see Projection.swap */
  release(): Promise<string> {
    const rebuild = this.underWay();
    const { state, percent } = rebuild.describe();
    if (state !== 'ready') throw new Problem(409, `not to be swapped yet: ${state}, ${percent} %`);
    rebuild.release();
    return Promise.resolve('swapping');
  }

  /** @see Projection.abort */
  async abort(): Promise<string> {
    const rebuild = this.underWay();
    await rebuild.abort();
    await this.remove();
    return 'the rebuild is given up; the serving file is as it was';
  }

  /** Starts a new file in the place of one that cannot be relied on. @param open reads that one; null: it is not open */
  async startOver(open: Reader | null): Promise<void> {
    const { logger } = this.keeping;
    await this.folder.startNewFile((file, before) => {
      // A deleted file can still be read by who has it open.
      if (open !== null) return this.create(file, lettersOf(open, logger));
      return this.create(file, before === null ? null : lettersIn(before, logger));
    });
    await this.tidy();
  }

  /** Lets the process end; the next one goes on. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.latest?.stop();
    await this.leaving;
  }

  yardstick(): Yardstick | null {
    const { opened, fault } = this.serving;
    if (opened === null || fault !== null) return null;
    return { file: opened.file, stored: opened.live === null ? opened.stoodAt : null };
  }

  /** Takes a turn. */
  swapTo(rebuild: Rebuild): Promise<boolean> {
    return this.turns.take(async () => {
      if (rebuild.isOver || this.stopping.signal.aborted) return false;
      const { serving, folder, keeping, metrics } = this;
      const { opened, fault } = serving;
      let before: Opened | null = null;
      const site = {
        ...{ folder, keeping, metrics, troubles: serving.troubles },
        isSound: () => serving.fault === null,
        become: (views: Opened) => {
          before = serving.become(views);
          rebuild.swapped();
        },
      };
      const { candidate, plan } = rebuild;
      // Nothing that is sound has shown that the new file has everything.
      if (fault !== null || rebuild.differs) {
        await folder.verification.begin(
          'a rebuild took the place of views that it could not be judged by',
        );
      }
      if (fault === null && opened?.live) {
        if (!opened.live.consumer.reading.caughtUp) return false;
        if (!(await handOver(opened.live, candidate, site))) return false;
        // Its consumer goes on, with the other file.
        await serving.closeInOrder({ ...opened, live: null });
      } else {
        await replace(opened, candidate, site);
        if (before !== null) await serving.closeInOrder(before);
      }
      await this.settle(plan);
      this.leaveKafka(candidate);
      return true;
    });
  }

  /** Takes a turn. */
  abandon(rebuild: Rebuild): Promise<void> {
    return this.turns.take(async () => {
      await rebuild.candidate.close().catch(() => undefined);
      await this.remove();
    });
  }

  private underWay(): Rebuild {
    if (this.present === null) throw new Problem(409, 'no rebuild is under way');
    return this.present;
  }

  /** A kept file of this version is the shorter way: after going back to the release before, for example. */
  private async beginBecauseOfVersion(opened: Opened): Promise<void> {
    const why = 'new projection version';
    const kept = this.folder.previous();
    const wish = { hold: false, acceptTruncated: false };
    const plan =
      kept !== null && (await isUsable(kept, this.keeping.definition.version))
        ? await this.record(kept, why, false)
        : await this.planNew(opened, why, wish);
    await this.launch(plan);
  }

  private async planNew(
    { store }: Opened,
    why: RebuildPlan['why'],
    { hold, acceptTruncated }: RebuildWish,
  ): Promise<RebuildPlan> {
    const letters = lettersOf(store, this.keeping.logger);
    const file = await this.folder.newFile((name) => this.create(name, letters, acceptTruncated));
    await failpoint(rebuildFailpoints.created);
    return this.record(file, why, hold);
  }

  private async record(file: string, why: RebuildPlan['why'], hold: boolean): Promise<RebuildPlan> {
    const before = basename((await this.folder.serves()) ?? '');
    const startedAt = new Date().toISOString();
    const plan = { candidate: basename(file), before, why, hold, startedAt };
    await this.folder.record(plan);
    await failpoint(rebuildFailpoints.recorded);
    return plan;
  }

  private async launch(plan: RebuildPlan): Promise<void> {
    const { keeping } = this;
    const candidate = await Candidate.open(this.folder.pathOf(plan.candidate), keeping);
    this.latest = new Rebuild(plan, candidate, this, keeping);
    this.latest.start();
    keeping.logger.info(plan, 'rebuild begins or goes on');
  }

  /** Behind a swap: keeps the file before for a rollback, deletes the others. May be done twice. */
  private async settle({ before }: RebuildPlan): Promise<void> {
    await this.folder.keep(this.folder.pathOf(before));
    await failpoint(rebuildFailpoints.oldKept);
    await this.folder.forgetPlan();
    await failpoint(rebuildFailpoints.planRemoved);
    await this.tidy();
  }

  private async remove(): Promise<void> {
    await this.folder.forgetPlan();
    await failpoint(rebuildFailpoints.abandoned);
    await this.tidy();
    this.leaveKafka();
  }

  private async tidy(): Promise<void> {
    const deleted = await this.folder.tidy();
    if (deleted.length > 0) this.keeping.logger.info({ deleted }, 'files that nothing names');
  }

  /** In the background. @param candidate whose consumer is still in the group */
  private leaveKafka(candidate?: Candidate): void {
    const { kafka, logger } = this.keeping;
    const { signal } = this.stopping;
    this.leaving = this.leaving.then(async () => {
      await candidate?.consumer.stop().catch(() => undefined);
      await removeGroups(
        kafka.brokers,
        rebuildGroup(kafka),
        null,
        logger,
        signal,
        () => this.present === null,
      );
    });
  }

  private create(
    file: string,
    letters: AsyncIterable<LetterPage> | null,
    acceptTruncated = false,
  ): Promise<void> {
    return createFile(file, this.keeping, letters, acceptTruncated);
  }
}
