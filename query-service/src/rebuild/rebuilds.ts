import { basename } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { commandOf } from 'contracts/commands';
import { failpoint } from 'service-kit/failpoints';
import { Problem } from 'service-kit/problem';
import type { ApplyMetrics } from '../apply/metrics';
import { rebuildFailpoints } from '../failpoints';
import type { ReplicaContext } from '../serving/replica-context';
import type { Opened } from '../serving/opened';
import type { ServingViews } from '../serving/serving-views';
import { handOver, replace } from './swap';
import { type RebuildPlan, startNewFile, type ViewsHome } from '../store/views-home';
import { deadLetterPages, deadLettersIn } from '../store/carried-dead-letters';
import type { CarriedRow } from '../store/dead-letters';
import type { ReadableViews } from '../store/view-store';
import type { SerialQueue } from 'service-kit/serial-queue';
import { Candidate } from './candidate';
import type { Baseline } from './differences';
import { Rebuild, type Serving } from './rebuild';
import { showRebuild } from './metrics';

const claimEveryMs = 200;

/** How an operator wants it. */
export interface RebuildOptions {
  /** Swap only when the operator says `swap`. */
  readonly hold: boolean;
  /** Accept the topics as they are now, and park what nobody can read any more. */
  readonly acceptTruncated: boolean;
}

/**
 * The rebuilds of one replica, one at a time. Methods that change something are called within the replica's serial
 * queue, except those that say that they wait in it themselves.
 */
export class Rebuilds implements Serving {
  /** The running rebuild, or the last one that ended. */
  private latest: Rebuild | null = null;
  private readonly stopping = new AbortController();
  /** Settles when the consumers of ended rebuilds have left Kafka. */
  private leaving: Promise<void> = Promise.resolve();

  /** @param serial the replica's queue, which runs operators' requests and swaps one after another */
  constructor(
    private readonly serving: ServingViews,
    private readonly context: ReplicaContext,
    private readonly metrics: ApplyMetrics,
    private readonly serial: SerialQueue,
  ) {
    showRebuild(metrics.registry, () => this.latest);
  }

  /** The running rebuild, or null. */
  get present(): Rebuild | null {
    return this.latest === null || this.latest.isOver ? null : this.latest;
  }

  /** Why the running or the last rebuild has failed; null when it has not. */
  get fault(): Error | null {
    return this.latest?.candidate.failure ?? null;
  }

  /** Describes for people the running rebuild, or how the last one of this process has ended. */
  describe() {
    return this.latest?.describe() ?? null;
  }

  /** Why a file of another projection version answers. */
  whyFrozen(): string {
    const { version } = this.context.definition;
    const serves = this.serving.opened?.version ?? version;
    if (serves > version && !this.home.keepsFiles) {
      return `the views that members share are of projection version ${serves}, newer than this program's ${version}`;
    }
    const wanted = `the views are to be filled anew for projection version ${version}`;
    const rebuild = this.latest?.describe();
    if (rebuild === undefined) return wanted;
    const { state, percent, failure, held } = rebuild;
    if (failure !== null) return `${wanted}, and that has failed: ${failure}`;
    const status = commandOf({ script: 'consumption', args: ['status'] });
    const why = held ? `; \`${status}\` says what it waits for` : '';
    return `${wanted}: ${state}, ${percent} %${why}`;
  }

  /**
   * Names the serving file, and creates the first one. Its views are in doubt, because an emptied folder looks like a
   * new one, and so do topics that were created anew.
   *
   * @throws {StorageFault} when it cannot be used
   */
  async servingFile(): Promise<{ file: string; version: number }> {
    await this.home.keepReplaced();
    const current = await this.home.current();
    if (current !== null) return current;
    // Several members may begin at the same time: one makes the file, and the others wait for it.
    const begin = async (): Promise<void> => {
      if ((await this.home.current()) !== null) return;
      await this.home.verification.begin('the views were begun in an empty folder');
      await startNewFile(this.home, (name) => this.create(name, null));
    };
    while (!(await this.claimed(begin))) await wait(claimEveryMs);
    return this.servingFile();
  }

  /** Resumes what the previous process left: a running rebuild, or the cleaning up after a swap. */
  async resume(): Promise<void> {
    await this.claimed(async () => {
      await this.goOn();
      const { opened } = this.serving;
      const { version } = this.context.definition;
      // When two versions run at once, the newer one decides what the views are.
      const isOlder = opened?.live === null && opened.version < version;
      const mayGoBack = opened?.live === null && this.home.keepsFiles;
      if (this.present === null && opened !== null && (isOlder || mayGoBack)) {
        await this.beginBecauseOfVersion(opened);
      }
      // Whoever looks for what was lost with a broken file finds everything still there.
      if (opened !== null) await this.tidy();
    });
  }

  /** Goes on with what another member has left, if it has ended. */
  async takeOver(): Promise<void> {
    const plan = this.present === null ? await this.home.plan() : null;
    if (plan === null) return;
    const file = this.home.pathOf(plan.candidate);
    // One of another version is a member's of that version.
    if (!(await this.home.isUsable(file, this.context.definition.version))) return;
    await this.claimed(() => this.goOn());
  }

  private async goOn(): Promise<void> {
    const { definition, logger } = this.context;
    const plan = await this.home.plan();
    const serves = basename((await this.home.serves()) ?? '');
    if (plan !== null && plan.candidate === serves) {
      await this.settle(plan);
    } else if (plan !== null) {
      const file = this.home.pathOf(plan.candidate);
      if (await this.home.isUsable(file, definition.version)) await this.launch(plan);
      else {
        logger.warn({ file }, 'a rebuild that this program cannot resume is given up');
        await this.home.forgetPlan();
      }
    }
  }

  /** @throws {Problem} 409 when a rebuild is under way */
  assertIdle(): void {
    if (this.present === null) return;
    const { state, percent } = this.present.describe();
    throw new Problem(
      409,
      `a rebuild is under way (${state}, ${percent} %): see \`status\`, end it by \`abort\``,
    );
  }

  /** Begins to fill a candidate. @returns what happens now, for the operator */
  async begin(options: RebuildOptions): Promise<string> {
    const { opened } = this.serving;
    if (opened === null) throw new Problem(503, 'the views are not open');
    await this.alone(async () => this.launch(await this.planNew(opened, 'rebuild', options)));
    return 'filling a new file beside the one that serves';
  }

  /** @see Replica.rollback */
  async rollback({ hold }: Pick<RebuildOptions, 'hold'>): Promise<string> {
    this.assertIdle();
    const { version } = this.context.definition;
    const file = this.home.previous();
    if (file === null) throw new Problem(409, 'no file is kept from before');
    if (!(await this.home.isUsable(file, version))) {
      throw new Problem(409, `${file} is missing, damaged or not of projection version ${version}`);
    }
    await this.alone(async () => this.launch(await this.record(file, 'rollback', hold)));
    return `reading on in ${basename(file)}, beside the file that serves`;
  }

  /** @see Replica.swap */
  release(): Promise<string> {
    const rebuild = this.underWay();
    const { state, percent } = rebuild.describe();
    if (state !== 'ready') throw new Problem(409, `not to be swapped yet: ${state}, ${percent} %`);
    rebuild.release();
    return Promise.resolve('swapping');
  }

  /** @see Replica.abort */
  async abort(): Promise<string> {
    const rebuild = this.underWay();
    await rebuild.abort();
    await this.remove();
    return 'the rebuild is given up; the serving file is as it was';
  }

  /**
   * Replaces a file that cannot be relied on by a new one. The old contents can no longer be compared, so the new views
   * are in doubt.
   *
   * @param open the views of the replaced file, if it is open
   */
  async startOver(open: ReadableViews | null): Promise<void> {
    const { logger } = this.context;
    await this.alone(async () => {
      await this.home.verification.begin('a file that could not be relied on was filled anew');
      const before = await this.home.serves();
      await startNewFile(this.home, (file) => {
        // An open file can still be read after it was deleted.
        if (open !== null) return this.create(file, deadLetterPages(open.reader, logger));
        if (before === null) return this.create(file, null);
        return this.create(
          file,
          deadLettersIn(() => this.home.openFrozen(before), logger),
        );
      });
      await this.tidy();
    });
  }

  /** Stops for the end of this process; the next one resumes. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.latest?.stop();
    await this.leaving;
  }

  baseline(): Baseline | null {
    const { opened, fault } = this.serving;
    if (opened === null || fault !== null) return null;
    return { file: opened.file, stored: opened.live === null ? opened.stoodAt : null };
  }

  /** Waits in the serial queue. */
  swapTo(rebuild: Rebuild): Promise<boolean> {
    return this.serial.run(async () => {
      if (rebuild.isOver || this.stopping.signal.aborted) return false;
      const { serving, home, context, metrics } = this;
      const { opened, fault } = serving;
      const site = { context, metrics, serving, onSwapped: () => rebuild.swapped() };
      const { candidate, plan } = rebuild;
      // No sound file has confirmed that the new one has everything.
      if (fault !== null || rebuild.differs) {
        await home.verification.begin(
          'a rebuild took the place of views that it could not be judged by',
        );
      }
      if (fault === null && opened?.live) {
        if (!opened.live.consumer.reading.caughtUp) return false;
        if (!(await handOver(opened.file, opened.live, candidate, site))) return false;
        // Its consumer goes on, with the other file.
        await serving.closeInOrder({ ...opened, live: null });
      } else {
        const mustReach = fault === null && !rebuild.differs;
        if (!(await replace(opened, candidate, mustReach, site))) return false;
        if (opened !== null) await serving.closeInOrder(opened);
      }
      await this.settle(plan);
      this.leaveKafka(candidate);
      return true;
    });
  }

  /** Waits in the serial queue. */
  abandon(rebuild: Rebuild): Promise<void> {
    return this.serial.run(async () => {
      await rebuild.candidate.close().catch(() => undefined);
      await this.remove();
    });
  }

  private underWay(): Rebuild {
    if (this.present === null) throw new Problem(409, 'no rebuild is under way');
    return this.present;
  }

  /**
   * Continues a kept file of this version if there is one, as after going back to the previous release: that is quicker
   * than a new file.
   */
  private async beginBecauseOfVersion(opened: Opened): Promise<void> {
    const why = 'new projection version';
    const kept = this.home.previous();
    const options = { hold: false, acceptTruncated: false };
    const plan =
      kept !== null && (await this.home.isUsable(kept, this.context.definition.version))
        ? await this.record(kept, why, false)
        : await this.planNew(opened, why, options);
    await this.launch(plan);
  }

  private async planNew(
    { store }: Opened,
    why: RebuildPlan['why'],
    { hold, acceptTruncated }: RebuildOptions,
  ): Promise<RebuildPlan> {
    const deadLetters = deadLetterPages(store.reader, this.context.logger);
    const file = this.home.newName();
    await this.create(file, deadLetters, acceptTruncated);
    await failpoint(rebuildFailpoints.created);
    return this.record(file, why, hold);
  }

  private async record(file: string, why: RebuildPlan['why'], hold: boolean): Promise<RebuildPlan> {
    const before = basename((await this.home.serves()) ?? '');
    const startedAt = new Date().toISOString();
    const plan = { candidate: basename(file), before, why, hold, startedAt };
    await this.home.record(plan);
    await failpoint(rebuildFailpoints.recorded);
    return plan;
  }

  private async launch(plan: RebuildPlan): Promise<void> {
    const { context } = this;
    const candidate = await Candidate.open(this.home.pathOf(plan.candidate), context);
    this.latest = new Rebuild(plan, candidate, this, context);
    this.latest.start();
    context.logger.info(plan, 'rebuild begins or resumes');
  }

  /** Cleans up after a swap: keeps the previous file for a rollback and deletes the others. It may run twice. */
  private async settle({ before }: RebuildPlan): Promise<void> {
    await this.home.keep(this.home.pathOf(before));
    await failpoint(rebuildFailpoints.oldKept);
    await this.home.forgetPlan();
    await failpoint(rebuildFailpoints.planRemoved);
    await this.tidy();
    await this.unclaimWhenIdle();
  }

  private async remove(): Promise<void> {
    await this.home.forgetPlan();
    await failpoint(rebuildFailpoints.abandoned);
    await this.tidy();
    await this.unclaimWhenIdle();
  }

  /** As `claimed`. @throws {Problem} 409 when another member does such work */
  private async alone(work: () => Promise<void>): Promise<void> {
    if (!(await this.claimed(work))) {
      throw new Problem(409, 'another member runs a rebuild: ask that one');
    }
  }

  /**
   * Does what only one member may do at a time; a rebuild that it begins goes on to be that.
   *
   * @returns false when another member does such work, and nothing was done
   */
  private async claimed(work: () => Promise<void>): Promise<boolean> {
    if (!(await this.home.claim())) return false;
    try {
      await work();
    } finally {
      await this.unclaimWhenIdle();
    }
    return true;
  }

  private async unclaimWhenIdle(): Promise<void> {
    if (this.present === null) await this.home.unclaim();
  }

  private async tidy(): Promise<void> {
    const deleted = await this.home.tidy();
    if (deleted.length > 0) this.context.logger.info({ deleted }, 'files that nothing names');
  }

  /** Stops the candidate's consumer in the background, because that waits for kafkajs. */
  private leaveKafka({ consumer }: Candidate): void {
    this.leaving = this.leaving.then(() => consumer.stop().catch(() => undefined));
  }

  /**
   * Creates an empty file. Nothing may name the file before this has ended.
   *
   * @param pages the dead letters of the file whose place it is to take; null: there are none
   * @param acceptTruncated accept the topics as they are now, and park what is gone
   */
  private async create(
    file: string,
    pages: AsyncIterable<readonly CarriedRow[]> | null,
    acceptTruncated = false,
  ): Promise<void> {
    const { home, definition, logger } = this.context;
    const store = await home.create(file, definition);
    try {
      if (pages !== null) await store.carry(pages);
      if (acceptTruncated) await store.rewind();
      const deadLetters = await store.deadLetters();
      logger.info({ file, deadLetters }, 'a new file, still to be filled');
    } finally {
      await store.close();
    }
  }

  private get home(): ViewsHome {
    return this.context.home;
  }
}
