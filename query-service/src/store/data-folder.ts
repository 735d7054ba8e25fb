import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Connection } from './connection';
import { StorageFault } from './storage-fault';

/** The pointer: a text file that names the database file that serves. */
const pointer = 'current';

/** Creates the tables of a new file. @param previous the file whose place it takes, if there is one */
type Fill = (file: string, previous: string | null) => Promise<void>;

/**
 * The folder with a replica's database files. A pointer file names the serving one, so that a file
 * that was filled anew takes its place by one rename.
 */
export class DataFolder {
  private constructor(
    private readonly folder: string,
    private readonly lock: Connection,
  ) {}

  /**
   * Claims the folder for this process, by a transaction that stays open on a file of its own. That
   * lock is the operating system's: it goes with the process, however the process ends. A predecessor
   * that is just stopping is waited for, 5 seconds.
   *
   * @throws when another process holds it
   */
  static async claim(folder: string): Promise<DataFolder> {
    await mkdir(folder, { recursive: true });
    const lock = await Connection.openWriter(join(folder, 'lock.sqlite'));
    try {
      await lock.script('BEGIN EXCLUSIVE');
    } catch (cause) {
      await lock.close();
      throw new Error(`${folder} is in use by another process`, { cause });
    }
    return new DataFolder(folder, lock);
  }

  /**
   * The serving file for this projection: the one pointed to; or a new one, when there is none yet or
   * it is of another projection version.
   *
   * @param fill creates the tables of a new file
   * @throws {StorageFault} when the file that is pointed to is gone or no query database
   */
  async currentFile(projectionVersion: number, fill: Fill): Promise<string> {
    const file = await this.readPointer();
    if (file !== null && (await versionOf(file)) === projectionVersion) return file;
    return this.startNewFile(fill);
  }

  /**
   * Makes a new file, then points to it: a crash in between leaves the one before serving. That one
   * stays on the disk, for a way back.
   */
  async startNewFile(fill: Fill): Promise<string> {
    const name = `views-${new Date().toISOString().replace(/[:.]/g, '-')}.sqlite`;
    const file = join(this.folder, name);
    await fill(file, await this.readPointer());
    const draft = join(this.folder, `${pointer}.new`);
    await writeFile(draft, `${name}\n`, { flush: true });
    await rename(draft, join(this.folder, pointer));
    return file;
  }

  release(): Promise<void> {
    return this.lock.close();
  }

  private async readPointer(): Promise<string | null> {
    try {
      return join(this.folder, (await readFile(join(this.folder, pointer), 'utf8')).trim());
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }
}

/** A file that nobody has made anew is never made anew here: its numbers would silently be nothing. */
async function versionOf(file: string): Promise<number> {
  if (!existsSync(file)) throw new StorageFault(file, 'is missing');
  const database = await Connection.openExisting(file);
  try {
    const [row] = await database.all<{ user_version: number }>('PRAGMA user_version');
    if (row?.user_version === 0) throw new StorageFault(file, 'is empty');
    return row?.user_version ?? 0;
  } finally {
    await database.close();
  }
}
