import type { Keeping } from '../keeping';
import { carryDeadLetters, type CarriedLetters } from '../store/carried-letters';
import { versionOf } from '../store/data-folder';
import { SqliteViewStore } from '../store/sqlite-view-store';
import { StorageFault } from '../store/storage-fault';

/**
 * Creates an empty file with the dead letters of the one whose place it is to take.
 *
 * @param acceptTruncated it takes what the topics hold for all there is, and parks what is gone
 */
export async function createFile(
  file: string,
  { definition, topics, logger }: Keeping,
  letters: CarriedLetters,
  acceptTruncated: boolean,
): Promise<void> {
  const { views, version } = definition;
  const store = await SqliteViewStore.open(file, views, version, [
    carryDeadLetters(letters, topics),
  ]);
  try {
    if (acceptTruncated) await store.rewind();
  } finally {
    await store.close();
  }
  logger.info({ file, letters: letters.length }, 'a new file, still to be filled');
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
