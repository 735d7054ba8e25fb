import { setTimeout as wait } from 'node:timers/promises';
import { failpoint } from 'service-kit/failpoints';
import type { ApplyMetrics } from '../apply/metrics';
import { EventConsumer } from '../consumer/consumer';
import { rebuildFailpoints } from '../failpoints';
import type { Keeping } from '../keeping';
import type { Candidate } from '../rebuild/candidate';
import { carryDeadLetters, lettersOf } from '../store/carried-letters';
import type { DataFolder } from '../store/data-folder';
import { carriedGaps } from '../store/version-gaps';
import type { Statement } from '../views/view';
import type { Live, Opened, Troubles } from './opened';

/** The serving file stands still for at most this long; then it goes on, and the swap is tried again. */
const patienceMs = 2_000;
const lookEveryMs = 5;

/** What a swap changes outside of the candidate. */
export interface SwapSite {
  readonly folder: DataFolder;
  readonly keeping: Keeping;
  readonly metrics: ApplyMetrics;
  readonly troubles: Troubles;
  /** Whether what serves may still be compared with, and read on from. */
  isSound(this: void): boolean;
  /** From here on, these views answer. Called within the same tick as the serving file's last use. */
  become(this: void, opened: Opened): void;
}

/**
 * Puts a candidate in the place of a file that is being read into. The reader, its group and its positions
 * stay: between two batches it is given the other views, which have read at least as far. So no answer goes
 * back, `As-Of` goes on, and nobody joins a consumer group.
 *
 * @returns false when the candidate did not come up to the serving file in time, with nothing changed
 */
export async function handOver(
  serving: Live,
  candidate: Candidate,
  { folder, keeping, metrics, troubles, isSound, become }: SwapSite,
): Promise<boolean> {
  const { logger, definition } = keeping;
  const stoodStill = performance.now();
  let isDone = false;
  await serving.applier.handOver(async () => {
    const deadline = performance.now() + patienceMs;
    // The record at which reading resumed has not come yet: that this is the same history is not shown.
    const isShort = (): boolean =>
      !candidate.reaches(serving.applier.stored()) ||
      !serving.applier.isConfirmed ||
      !candidate.applier.isConfirmed;
    while (isShort()) {
      if (candidate.failure !== null) throw candidate.failure;
      if (performance.now() > deadline) return null;
      await wait(lookEveryMs);
    }
    await candidate.retire();
    await failpoint(rebuildFailpoints.reached);
    await candidate.applier.carry(carriedFrom(serving.store, keeping));
    await failpoint(rebuildFailpoints.beforeRename);
    if (!isSound()) return null;
    await folder.pointTo(candidate.file);
    await failpoint(rebuildFailpoints.afterRename);
    const { file, store, applier, watch } = candidate;
    const { consumer } = serving;
    consumer.follow(store, applier);
    applier.reportTo(metrics);
    candidate.serve(troubles.onFault);
    const live = { store, applier, consumer };
    become({ file, version: definition.version, store, watch, live, stoodAt: [] });
    isDone = true;
    return applier;
  });
  const milliseconds = Math.round(performance.now() - stoodStill);
  if (isDone) logger.info({ file: candidate.file, milliseconds }, 'swapped; applying stood still');
  return isDone;
}

/**
 * Puts a candidate in the place of a file that nothing reads into any more: of another projection version, or
 * halted. A reader of its own takes over; until it has joined, answers say `catching-up`.
 */
export async function replace(
  before: Opened | null,
  candidate: Candidate,
  { folder, keeping, metrics, troubles, become }: SwapSite,
): Promise<void> {
  const { definition, kafka, logger } = keeping;
  await candidate.retire();
  await failpoint(rebuildFailpoints.reached);
  if (before !== null) await candidate.applier.carry(carriedFrom(before.store, keeping));
  await failpoint(rebuildFailpoints.beforeRename);
  await folder.pointTo(candidate.file);
  await failpoint(rebuildFailpoints.afterRename);
  const { file, store, applier, watch } = candidate;
  const { onCrash, onFault } = troubles;
  const consumer = new EventConsumer(kafka, store, applier, logger, onCrash, onFault);
  consumer.reading.inherit(candidate.consumer.reading.asOf);
  applier.reportTo(metrics);
  candidate.serve(onFault);
  const live = { store, applier, consumer };
  become({ file, version: definition.version, store, watch, live, stoodAt: [] });
  consumer.start();
  logger.info({ file }, 'swapped');
}

/** What has become of dead letters and gaps meanwhile stands in the serving file only. */
async function* carriedFrom(
  before: Opened['store'],
  { topics, logger }: Keeping,
): AsyncGenerator<Statement> {
  yield* carryDeadLetters(lettersOf(before, logger), topics);
  const gaps = await carriedGaps(before).catch(() => null);
  if (gaps !== null) yield gaps;
}
