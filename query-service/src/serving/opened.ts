import { Applier } from '../apply/applier';
import { ApplyQueue } from '../apply/apply-queue';
import type { Fault } from '../apply/fault';
import type { ApplyMetrics } from '../apply/metrics';
import { redriveAll } from '../apply/redrive';
import { EventConsumer } from '../consumer/consumer';
import type { ReplicaContext } from './replica-context';
import type { ReadableViews, ViewStore } from '../store/view-store';
import type { ViewsWatch } from '../store/views-watch';
import type { PartitionProgress } from '../model/partition';

/** The parts that keep a file up to date. */
export interface Live {
  readonly store: ViewStore;
  readonly queue: ApplyQueue;
  readonly consumer: EventConsumer;
}

/** A database file with everything that is opened and closed together with it. */
export interface Opened {
  readonly file: string;
  readonly version: number;
  readonly store: ReadableViews;
  readonly watch: ViewsWatch;
  /** Null when the file is of another projection version: then it only answers. */
  readonly live: Live | null;
  /** The positions of a file that is not kept up to date. */
  readonly stoodAt: readonly PartitionProgress[];
}

/** Handlers of what happens to open views. */
export interface FaultHandlers {
  /** Called when reading or the file can no longer be relied on. */
  onFault(this: void, fault: Fault): void;
  /** Called when reading has ended for good in this process. */
  onCrash(this: void, error: unknown): void;
  /** Other members have changed what it takes to read on: the views have to be opened anew. */
  onMoved(this: void): void;
}

/**
 * Opens a file of this program's projection version. Its consumer is not started yet.
 *
 * @throws {StorageFault} when the file cannot be used
 */
export async function openLive(
  file: string,
  context: ReplicaContext,
  metrics: ApplyMetrics,
  faultHandlers: FaultHandlers,
): Promise<Opened> {
  const { home, definition, topics, maxParkedRun, logger } = context;
  const { version } = definition;
  const store = await home.open(file, definition);
  try {
    const applier = await Applier.open({ store, maxParkedRun, metrics, logger, topics });
    const queue = new ApplyQueue(applier);
    // A newer program may understand parked records, so read them again now.
    await redriveAll(queue, store.reader, 'start', logger);
    const consumer = consumerOf(context, store, queue, faultHandlers);
    const watch = home.watch(file, faultHandlers.onFault);
    await watch.start();
    return { file, version, store, watch, live: { store, queue, consumer }, stoodAt: [] };
  } catch (error) {
    await store.close().catch(() => undefined);
    throw error;
  }
}

/** What reads for views that serve: as one member of a group, where others share them. */
export const consumerOf = (
  { kafka, logger }: ReplicaContext,
  store: ViewStore,
  queue: ApplyQueue,
  { onCrash, onFault, onMoved }: FaultHandlers,
): EventConsumer =>
  new EventConsumer({
    ...{ kafka, store, queue, logger, onCrash },
    onHalt: onFault,
    ...(store.sharing !== null && { onMoved }),
  });

/**
 * Opens a file of another projection version, only to be read.
 *
 * @throws {StorageFault} when the file cannot be used
 */
export async function openFrozen(
  file: string,
  version: number,
  { home }: ReplicaContext,
  { onFault }: FaultHandlers,
): Promise<Opened> {
  const store = await home.openFrozen(file);
  try {
    const stoodAt = (await store.progress().catch(() => [])).filter(({ offset }) => offset >= 0);
    const watch = home.watch(file, onFault);
    await watch.start();
    return { file, version, store, watch, live: null, stoodAt };
  } catch (error) {
    await store.close().catch(() => undefined);
    throw error;
  }
}

/** Closes everything after the running reads have their answers. A damaged file is closed as far as possible. */
export async function close({ watch, live, store }: Opened): Promise<void> {
  await watch.stop();
  await live?.consumer.stop();
  await store.close();
}
