import { setTimeout as wait } from 'node:timers/promises';
import { failpoint } from 'service-kit/failpoints';
import { ApplyQueue } from '../apply/apply-queue';
import type { ApplyMetrics } from '../apply/metrics';
import { EventConsumer } from '../consumer/consumer';
import { rebuildFailpoints } from '../failpoints';
import type { ReplicaContext } from '../serving/replica-context';
import type { Candidate } from './candidate';
import type { Live, Opened, FaultHandlers } from '../serving/opened';

/** The serving file stands still for at most this long; then it goes on, and the swap is tried again. */
const patienceMs = 2_000;
const lookEveryMs = 5;

/** What a swap changes outside of the candidate. */
export interface SwapSite {
  readonly context: ReplicaContext;
  readonly metrics: ApplyMetrics;
  readonly faultHandlers: FaultHandlers;
  /** Whether what serves may still be compared with, and read on from. */
  isSound(this: void): boolean;
  /** Lets these views answer from now on. Called in the same tick as the serving file's last use. */
  switchTo(this: void, opened: Opened): void;
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
  { context, metrics, faultHandlers, isSound, switchTo }: SwapSite,
): Promise<boolean> {
  const { home, definition, topics, logger } = context;
  const stoodStill = performance.now();
  let isDone = false;
  const { queue, consumer } = serving;
  await queue.exclusive(async () => {
    const deadline = performance.now() + patienceMs;
    // Until the record has come at which reading resumed, it is not certain that this is the same history.
    const isShort = (): boolean =>
      !candidate.reaches(queue.stored()) ||
      !queue.applier.checkpoints.isConfirmed ||
      !candidate.queue.applier.checkpoints.isConfirmed;
    while (isShort()) {
      if (candidate.failure !== null) throw candidate.failure;
      if (performance.now() > deadline) return;
      await wait(lookEveryMs);
    }
    await candidate.retire();
    await failpoint(rebuildFailpoints.reached);
    const { applier } = candidate.queue;
    // Only the serving file knows what has become of its dead letters meanwhile.
    await applier.carry(serving.store.deadLetterPages(logger), topics);
    await failpoint(rebuildFailpoints.beforeRename);
    if (!isSound()) return;
    await home.pointTo(candidate.file);
    await failpoint(rebuildFailpoints.afterRename);
    const { file, store, watch } = candidate;
    consumer.follow(store);
    queue.follow(applier);
    applier.reportTo(metrics);
    candidate.serve(faultHandlers.onFault);
    const live = { store, queue, consumer };
    switchTo({ file, version: definition.version, store, watch, live, stoodAt: [] });
    isDone = true;
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
  { context, metrics, faultHandlers, switchTo }: SwapSite,
): Promise<void> {
  const { home, definition, topics, kafka, logger } = context;
  await candidate.retire();
  await failpoint(rebuildFailpoints.reached);
  const { applier } = candidate.queue;
  if (before !== null) await applier.carry(before.store.deadLetterPages(logger), topics);
  await failpoint(rebuildFailpoints.beforeRename);
  await home.pointTo(candidate.file);
  await failpoint(rebuildFailpoints.afterRename);
  const { file, store, watch } = candidate;
  const queue = new ApplyQueue(applier);
  const { onCrash, onFault } = faultHandlers;
  const consumer = new EventConsumer({ kafka, store, queue, logger, onCrash, onHalt: onFault });
  consumer.reading.inherit(candidate.consumer.reading.asOf);
  applier.reportTo(metrics);
  candidate.serve(onFault);
  const live = { store, queue, consumer };
  switchTo({ file, version: definition.version, store, watch, live, stoodAt: [] });
  consumer.start();
  logger.info({ file }, 'swapped');
}
