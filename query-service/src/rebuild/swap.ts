import { setTimeout as wait } from 'node:timers/promises';
import { failpoint } from 'service-kit/failpoints';
import { ApplyQueue } from '../apply/apply-queue';
import type { ApplyMetrics } from '../apply/metrics';
import type { EventConsumer } from '../consumer/consumer';
import { rebuildFailpoints } from '../failpoints';
import type { ReplicaContext } from '../serving/replica-context';
import { deadLetterPages } from '../store/carried-dead-letters';
import type { ReadableViews } from '../store/view-store';
import type { Candidate } from './candidate';
import { consumerOf, type Live, type Opened } from '../serving/opened';
import type { ServingViews } from '../serving/serving-views';

/** How long the serving file may be paused; then it goes on, and the swap is tried again. */
const patienceMs = 2_000;
const lookEveryMs = 5;

/** The serving side, as a swap changes it. */
interface SwapSite {
  readonly context: ReplicaContext;
  readonly metrics: ApplyMetrics;
  readonly serving: ServingViews;
  /** Called when the candidate answers, in the same tick as the serving file's last use. */
  onSwapped(this: void): void;
}

/**
 * Replaces a serving file, while it is read into, by a candidate. The consumer, its group and its positions stay:
 * between two batches, the consumer gets the new views, which have read at least as far. So no answer goes back,
 * `As-Of` continues, and nobody joins a consumer group.
 *
 * @param from the serving file
 * @returns false when the candidate did not come up to the serving file in time, with nothing changed
 */
export async function handOver(
  from: string,
  serving: Live,
  candidate: Candidate,
  site: SwapSite,
): Promise<boolean> {
  const { home, logger } = site.context;
  const stoodStill = performance.now();
  let isDone = false;
  const { queue, consumer } = serving;
  await queue.exclusive(async () => {
    const { applier } = candidate.queue;
    isDone = await home.standStill(from, (progress) =>
      takePlace(site.context, candidate, {
        from: serving.store,
        // Until the record has come at which reading resumed, it is not certain that this is the same history.
        isReached: () =>
          candidate.reaches(progress ?? queue.stored()) &&
          queue.applier.checkpoints.isConfirmed &&
          applier.checkpoints.isConfirmed,
        isSound: () => site.serving.fault === null,
      }),
    );
    if (!isDone) return;
    consumer.follow(candidate.store);
    queue.follow(applier);
    serve(candidate, queue, consumer, site);
  });
  const milliseconds = Math.round(performance.now() - stoodStill);
  if (isDone) logger.info({ file: candidate.file, milliseconds }, 'swapped; applying stood still');
  return isDone;
}

/**
 * Puts a candidate in the place of a file that nothing reads into any more: of another projection version, or
 * halted. A reader of its own takes over; until it has joined, answers say `catching-up`.
 *
 * @param mustReach whether what members of another version write into it meanwhile must be in the candidate
 * @returns false when it is not in time, or another member was quicker, with nothing changed
 */
export async function replace(
  before: Opened | null,
  candidate: Candidate,
  mustReach: boolean,
  site: SwapSite,
): Promise<boolean> {
  const { context, serving } = site;
  const { home, logger } = context;
  const isDone = await home.standStill(before?.file ?? null, (progress) =>
    takePlace(context, candidate, {
      from: before?.store ?? null,
      isReached: () => candidate.reaches(mustReach ? (progress ?? []) : []),
      // What it replaces need not be.
      isSound: () => true,
    }),
  );
  if (!isDone) return false;
  const queue = new ApplyQueue(candidate.queue.applier);
  const consumer = consumerOf(context, candidate.store, queue, serving.faultHandlers);
  consumer.reading.inherit(candidate.consumer.reading.asOf);
  serve(candidate, queue, consumer, site);
  consumer.start();
  logger.info({ file: candidate.file }, 'swapped');
  return true;
}

/**
 * Points to the candidate as soon as it has come up to what serves.
 *
 * @param from the views whose dead letters it takes over, if there are some
 * @returns false when it did not come up in time, or what serves is no longer sound; nothing points to it then
 */
async function takePlace(
  { home, logger }: ReplicaContext,
  candidate: Candidate,
  {
    from,
    isReached,
    isSound,
  }: { from: ReadableViews | null; isReached: () => boolean; isSound: () => boolean },
): Promise<boolean> {
  if (!(await inTime(isReached, candidate))) return false;
  await candidate.retire();
  await failpoint(rebuildFailpoints.reached);
  // Only the serving file knows what has become of its dead letters meanwhile.
  if (from !== null) await candidate.queue.applier.carry(deadLetterPages(from.reader, logger));
  await failpoint(rebuildFailpoints.beforeRename);
  if (!isSound()) return false;
  await home.pointTo(candidate.file);
  await failpoint(rebuildFailpoints.afterRename);
  return true;
}

/** Lets the candidate answer, kept up to date by this queue and consumer. */
function serve(
  candidate: Candidate,
  queue: ApplyQueue,
  consumer: EventConsumer,
  { context, metrics, serving, onSwapped }: SwapSite,
): void {
  const { file, store, watch } = candidate;
  candidate.queue.applier.reportTo(metrics);
  candidate.serve(serving.faultHandlers.onFault);
  const live = { store, queue, consumer };
  const { version } = context.definition;
  serving.switchTo({ file, version, store, watch, live, stoodAt: [] });
  onSwapped();
}

/** Waits a little until it holds. @returns whether it does @throws what the candidate has failed with */
async function inTime(holds: () => boolean, candidate: Candidate): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  while (!holds()) {
    if (candidate.failure !== null) throw candidate.failure;
    if (performance.now() > deadline) return false;
    await wait(lookEveryMs);
  }
  return true;
}
