import { chmodSync, chownSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from './errors';
import type { Owner } from './process';

/**
 * Makes a folder that no other user of this machine can read or pass through; one that is there already is closed.
 *
 * @param guest may pass through to what is his own, and read nothing
 */
export function closeToOthers(folder: string, guest: Owner | undefined): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (guest !== undefined) chownSync(folder, statSync(folder).uid, guest.gid);
  chmodSync(folder, guest === undefined ? 0o700 : 0o710);
}

/**
 * Closes LOCAL_DIR to other users, and to the guest what is in it and not his.
 *
 * @throws {StartError} when it belongs to somebody else
 */
export function closeLocalFolder(folder: string, guest: Owner | undefined): void {
  try {
    closeToOthers(folder, guest);
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (statSync(path, { throwIfNoEntry: false })?.uid === guest?.uid) continue;
      if (entry.isDirectory()) chmodSync(path, 0o700);
      if (entry.isFile()) chmodSync(path, 0o600);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
    throw new StartError(
      `${folder} holds what belongs to another user, who could read this stack's data: set another LOCAL_DIR`,
    );
  }
}
