import type { ReplicaContext } from '../serving/replica-context';
import { carryDeadLetters, type DeadLetterPage } from '../store/sqlite/carried-dead-letters';
import { versionOf } from '../store/sqlite/data-folder';
import { SqliteViewStore } from '../store/sqlite/sqlite-view-store';
import { StorageFault } from '../store/storage-fault';

/**
 * Creates an empty file with the dead letters of the one whose place it is to take. Nothing may name it before
 * that is done.
 *
 * @param pages of these dead letters; null: there are none
 * @param acceptTruncated it takes what the topics hold for all there is, and parks what is gone
 */
export async function createFile(
  file: string,
  { definition, topics, logger }: ReplicaContext,
  pages: AsyncIterable<DeadLetterPage> | null,
  acceptTruncated: boolean,
): Promise<void> {
  const { views, version } = definition;
  const carried = pages === null ? [] : carryDeadLetters(pages, topics);
  const store = await SqliteViewStore.open(file, views, version, carried);
  try {
    if (acceptTruncated) await store.rewind();
    logger.info({ file, deadLetters: await store.deadLetters() }, 'a new file, still to be filled');
  } finally {
    await store.close();
  }
}

/** Whether a file is there and of this projection version. */
export async function isUsable(file: string, version: number): Promise<boolean> {
  try {
    return (await versionOf(file)) === version;
  } catch (error) {
    if (error instanceof StorageFault) return false;
    throw error;
  }
}
