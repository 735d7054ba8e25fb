import { Applier } from '../apply/applier';
import { ApplyQueue } from '../apply/apply-queue';
import type { Fault } from '../apply/fault';
import type { ApplyMetrics } from '../apply/metrics';
import { redriveAll } from '../apply/redrive';
import { EventConsumer } from '../consumer/consumer';
import type { ReplicaContext } from './replica-context';
import type { ReadableViews, ViewStore } from '../store/view-store';
import type { FileWatch } from '../store/views-home';
import type { PartitionProgress } from '../model/partition';

/** What keeps a file up to date. */
export interface Live {
  readonly store: ViewStore;
  readonly queue: ApplyQueue;
  readonly consumer: EventConsumer;
}

/** What is opened and closed together with a database file. */
export interface Opened {
  readonly file: string;
  readonly version: number;
  readonly store: ReadableViews;
  readonly watch: FileWatch;
  /** Null: the file is of another projection version. It answers, and nothing moves it any more. */
  readonly live: Live | null;
  /** Where a file that nothing moves any more stands. */
  readonly stoodAt: readonly PartitionProgress[];
}

/** Handlers of what goes wrong with open views. */
export interface FaultHandlers {
  /** Reading or the file cannot be relied on any more. */
  onFault(this: void, fault: Fault): void;
  /** Reading ended for good, with no way on in this process. */
  onCrash(this: void, error: unknown): void;
}

/**
 * Opens a file of this program's projection version. Its consumer is not started yet.
 *
 * @throws {StorageFault} when the file cannot be used
 */
export async function openLive(
  file: string,
  { home, definition, kafka, topics, maxParkedRun, logger }: ReplicaContext,
  metrics: ApplyMetrics,
  { onFault, onCrash }: FaultHandlers,
): Promise<Opened> {
  const { version } = definition;
  const store = await home.open(file, definition);
  try {
    const applier = await Applier.open({ store, maxParkedRun, metrics, logger, topics });
    const queue = new ApplyQueue(applier);
    // Code that has come to understand what was parked applies it now.
    await redriveAll(queue, store.reader, 'start', logger);
    const consumer = new EventConsumer({ kafka, store, queue, logger, onCrash, onHalt: onFault });
    const watch = home.watch(file, onFault);
    await watch.start();
    return { file, version, store, watch, live: { store, queue, consumer }, stoodAt: [] };
  } catch (error) {
    await store.close().catch(() => undefined);
    throw error;
  }
}

/**
 * Opens a file of another projection version: only to be read.
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
    const stoodAt = await store.progress().catch(() => []);
    const watch = home.watch(file, onFault);
    await watch.start();
    return { file, version, store, watch, live: null, stoodAt };
  } catch (error) {
    await store.close().catch(() => undefined);
    throw error;
  }
}

/** Closes what is open; reads under way are answered. A damaged file is closed as far as it goes. */
export async function close({ watch, live, store }: Opened): Promise<void> {
  await watch.stop();
  await live?.consumer.stop();
  await store.close();
}
