import { Applier } from '../apply/applier';
import type { ApplyMetrics } from '../apply/metrics';
import { redriveAll } from '../apply/redrive';
import { EventConsumer } from '../consumer/consumer';
import type { Fault } from '../consumer/fault';
import type { Keeping } from '../keeping';
import type { Connection } from '../store/connection';
import { FileWatch } from '../store/file-watch';
import { Readers } from '../store/readers';
import { SqliteViewStore } from '../store/sqlite-view-store';
import { readProgress } from '../store/origin';
import type { PartitionProgress } from '../store/view-store';
import type { Reader } from '../views/view';

/** A file that answers. */
interface AnsweringFile extends Reader {
  check(): Promise<void>;
  openSnapshot(): Promise<Connection>;
  close(): Promise<void>;
}

/** What keeps a file up to date. */
export interface Live {
  readonly store: SqliteViewStore;
  readonly applier: Applier;
  readonly consumer: EventConsumer;
}

/** What is open while views are: it is opened and shut together. */
export interface Opened {
  readonly file: string;
  readonly version: number;
  readonly store: AnsweringFile;
  readonly watch: FileWatch;
  /** Null: the file is of another projection version. It answers, and nothing moves it any more. */
  readonly live: Live | null;
  /** Where a file that nothing moves any more stands. */
  readonly stoodAt: readonly PartitionProgress[];
}

/** Whom to tell what goes wrong with open views. */
export interface Troubles {
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
  { definition, kafka, topics, maxParkedRun, logger }: Keeping,
  metrics: ApplyMetrics,
  { onFault, onCrash }: Troubles,
): Promise<Opened> {
  const { views, version } = definition;
  const store = await SqliteViewStore.open(file, views, version);
  try {
    const applier = await Applier.open(store, views, maxParkedRun, metrics, logger, topics);
    // Code that has come to understand what was parked applies it now.
    await redriveAll(applier, store, 'start', logger);
    const consumer = new EventConsumer(kafka, store, applier, logger, onCrash, onFault);
    const watch = new FileWatch(file, onFault);
    await watch.start();
    return { file, version, store, watch, live: { store, applier, consumer }, stoodAt: [] };
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
  { onFault }: Troubles,
): Promise<Opened> {
  const store = await Readers.open(file);
  try {
    const stoodAt = await readProgress(store).catch(() => []);
    const watch = new FileWatch(file, onFault);
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
