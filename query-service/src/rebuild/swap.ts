import { setTimeout as wait } from 'node:timers/promises';
import { failpoint } from 'service-kit/failpoints';
import { ApplyQueue } from '../apply/apply-queue';
import type { ApplyMetrics } from '../apply/metrics';
import { EventConsumer } from '../consumer/consumer';
import { rebuildFailpoints } from '../failpoints';
import type { ReplicaContext } from '../serving/replica-context';
import type { Candidate } from './candidate';
import type { Live, Opened, FaultHandlers } from '../serving/opened';

/** How long the serving file may be paused; then it goes on, and the swap is tried again. */
const patienceMs = 2_000;
const lookEveryMs = 5;

/** The serving side, as a swap changes it. */
export interface SwapSite {
  readonly context: ReplicaContext;
  readonly metrics: ApplyMetrics;
  readonly faultHandlers: FaultHandlers;
  /** Whether the serving file is still sound. */
  isSound(this: void): boolean;
  /** Lets these views answer from now on. Called in the same tick as the serving file's last use. */
  switchTo(this: void, opened: Opened): void;
}

/**
 * Replaces a serving file, while it is read into, by a candidate. The consumer, its group and its positions stay:
 * between two batches, the consumer gets the new views, which have read at least as far. So no answer goes back,
 * `As-Of` continues, and nobody joins a consumer group.
 *
 * @returns false when the candidate did not reach the serving file in time; nothing is changed then
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
    // It is certain that this is the same history only when the record has come at which reading resumed.
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
    // Only the serving file knows the present states of its dead letters.
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
 * Replaces a file that is not read into any more (it is of another projection version, or halted) by a candidate. A new
 * consumer takes over; until it has joined, answers say `catching-up`.
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
