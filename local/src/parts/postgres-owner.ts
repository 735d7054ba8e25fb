import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { StartError } from '../errors';
import { closeToOthers } from '../private-folder';
import type { Owner } from '../process';

const user = 'postgres';

/**
 * Whom PostgreSQL runs as: it refuses root, so for root that is the user `postgres`, created when
 * missing. Everybody else runs it as himself: undefined.
 */
export function postgresOwner(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (spawnSync('id', ['-u', user]).status !== 0) {
    execFileSync('useradd', ['--system', '--no-create-home', '--shell', '/bin/false', user]);
  }
  const id = (flag: string): number =>
    Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/**
 * A folder that the owner of PostgreSQL can use: `wanted`, or a stand-in under /var/tmp, with a link
 * to it, where `wanted` lies below a folder that is closed to him, such as /root.
 */
export function ownedFolder(wanted: string, owner: Owner | undefined): string {
  mkdirSync(wanted, { recursive: true, mode: 0o700 });
  if (owner === undefined) return wanted;
  // LOCAL_DIR, or a test's temporary folder: he may pass through, as the only one.
  closeToOthers(dirname(wanted), owner);
  chownSync(wanted, owner.uid, owner.gid);
  if (canReach(wanted, owner)) return wanted;
  const standIn = standInFor(wanted);
  mkdirSync(standIn, { recursive: true, mode: 0o700 });
  requireOwnedBy(standIn, [0, owner.uid]);
  chownSync(standIn, owner.uid, owner.gid);
  rmSync(wanted, { recursive: true });
  symlinkSync(standIn, wanted);
  return standIn;
}

/** Removes a folder and its stand-in, whichever there is. */
export function removeOwnedFolder(wanted: string): void {
  for (const folder of [wanted, standInFor(wanted)]) {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The folder of PostgreSQL's binaries that the owner can run: the package's own, or a copy.
 *
 * @param version names the copy, so that an update makes a new one
 */
export function reachableBinaries(
  native: string,
  version: string,
  owner: Owner | undefined,
): string {
  if (owner === undefined || canReach(join(native, 'lib'), owner)) return native;
  const copy = standInFor(`${native} ${version}`);
  if (!existsSync(copy)) {
    const partial = `${copy}.${process.pid}`;
    cpSync(native, partial, { recursive: true, verbatimSymlinks: true });
    renameSync(partial, copy);
  }
  requireOwnedBy(copy, [0]);
  return copy;
}

function canReach(path: string, owner: Owner): boolean {
  return spawnSync('test', ['-x', path], owner).status === 0;
}

function standInFor(path: string): string {
  const key = createHash('sha256').update(path).digest('hex').slice(0, 12);
  return join('/var/tmp', `outbox-analytics-${key}`);
}

/** Everybody may write in /var/tmp: what has our name there must not be somebody else's. */
function requireOwnedBy(folder: string, owners: readonly number[]): void {
  const stat = lstatSync(folder);
  if (stat.isDirectory() && owners.includes(stat.uid)) return;
  throw new StartError(`${folder} belongs to somebody else: remove it`);
}
