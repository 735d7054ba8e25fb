import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Connection } from './connection';
import { readIfThere, writeWhole } from './small-file';
import { StorageFault } from '../storage-fault';
import { ViewsWatch } from '../views-watch';
import { VerificationFile } from './verification';
import type { FrozenViews, Kept, RebuildPlan, ViewsHome } from '../views-home';
import type { ViewStore } from '../view-store';
import { watchFile } from './file-watch';
import { Readers } from './readers';
import { SqliteViewStore } from './sqlite-view-store';
import { candidateChecks } from './verify';

/**
 * The pointers: text files that name the database file that serves, and the one that served before. `opened` is this
 * program's own note of the first: an operator who puts another file in its place changes `current` only.
 */
const pointers = { current: 'current', previous: 'previous', opened: 'opened' } as const;

/** The name of the file with the rebuild's plan, as JSON. */
const planFile = 'rebuild.json';

/** The name of the file that says as JSON why the views may lack events; without it, they do not. */
const verificationFile = 'unverified.json';

/** Matches the names of this folder's database files and of the files that SQLite puts beside them. */
const ours = /^(views-.+\.sqlite)(-wal|-shm)?$/;

/**
 * The folder with a replica's database files. A pointer file names the serving one, so that a file
 * that was filled anew takes its place by one rename.
 */
export class DataFolder implements ViewsHome {
  readonly verify = candidateChecks;
  readonly keepsFiles = true;
  private kept: string | null = null;

  private constructor(
    private readonly folder: string,
    private readonly lock: Connection,
    readonly verification: VerificationFile,
  ) {}

  /**
   * Claims the folder for this process, by a transaction that stays open on a file of its own. That lock is the
   * operating system's: it goes with the process, however the process ends. It waits up to 5 seconds for a predecessor
   * that is stopping.
   *
   * @throws when another process holds it
   */
  static async claim(folder: string): Promise<DataFolder> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const lock = await Connection.openWriter(join(folder, 'lock.sqlite'));
    try {
      await lock.script('BEGIN EXCLUSIVE');
    } catch (cause) {
      await lock.close();
      throw new Error(`${folder} is in use by another process`, { cause });
    }
    const verification = await VerificationFile.read(join(folder, verificationFile));
    const claimed = new DataFolder(folder, lock, verification);
    claimed.kept = await claimed.read('previous');
    return claimed;
  }

  open(file: string, { views, version }: Kept): Promise<ViewStore> {
    return SqliteViewStore.open(file, views, version);
  }

  openFrozen(file: string): Promise<FrozenViews> {
    return Readers.open(file);
  }

  create(file: string, { views, version }: Kept): Promise<ViewStore> {
    return SqliteViewStore.open(file, views, version);
  }

  watch(file: string, onFault: (fault: StorageFault) => void): ViewsWatch {
    return new ViewsWatch(file, () => watchFile(file), onFault);
  }

  async isUsable(file: string, version: number): Promise<boolean> {
    try {
      return (await versionOf(file)) === version;
    } catch (error) {
      if (error instanceof StorageFault) return false;
      throw error;
    }
  }

  async current(): Promise<{ file: string; version: number } | null> {
    const file = await this.read('current');
    return file === null ? null : { file, version: await versionOf(file) };
  }

  serves(): Promise<string | null> {
    return this.read('current');
  }

  previous(): string | null {
    return this.kept;
  }

  newName(): string {
    return join(this.folder, `views-${new Date().toISOString().replace(/[:.]/g, '-')}.sqlite`);
  }

  async pointTo(file: string): Promise<void> {
    await this.write('current', file);
    await this.write('opened', file);
  }

  async keepReplaced(): Promise<void> {
    const [serves, opened] = [await this.read('current'), await this.read('opened')];
    if (serves === opened) return;
    if (opened !== null && existsSync(opened)) await this.keep(opened);
    if (serves !== null) await this.write('opened', serves);
  }

  async keep(file: string): Promise<void> {
    await this.write('previous', file);
    this.kept = file;
  }

  async plan(): Promise<RebuildPlan | null> {
    const text = await readIfThere(join(this.folder, planFile));
    try {
      return text === null ? null : (JSON.parse(text) as RebuildPlan);
    } catch {
      return null;
    }
  }

  record(plan: RebuildPlan): Promise<void> {
    return writeWhole(join(this.folder, planFile), `${JSON.stringify(plan, null, 2)}\n`);
  }

  forgetPlan(): Promise<void> {
    return rm(join(this.folder, planFile), { force: true });
  }

  async tidy(): Promise<string[]> {
    const named = [await this.read('current'), this.kept];
    const kept = new Set(named.map((file) => basename(file ?? '')));
    kept.add((await this.plan())?.candidate ?? '');
    const left = (await readdir(this.folder)).filter((name) => {
      const [, database] = ours.exec(name) ?? [];
      return database !== undefined && !kept.has(database);
    });
    for (const name of left) await rm(join(this.folder, name), { force: true });
    return left;
  }

  claim(): Promise<boolean> {
    return Promise.resolve(true);
  }

  unclaim(): Promise<void> {
    return Promise.resolve();
  }

  standStill(_: string | null, work: (progress: null) => Promise<boolean>): Promise<boolean> {
    return work(null);
  }

  follow(): void {
    // The lock keeps all others out.
  }

  pathOf(name: string): string {
    return join(this.folder, basename(name));
  }

  release(): Promise<void> {
    return this.lock.close();
  }

  private async read(pointer: keyof typeof pointers): Promise<string | null> {
    const name = await readIfThere(join(this.folder, pointers[pointer]));
    return name === null ? null : join(this.folder, name.trim());
  }

  private write(pointer: keyof typeof pointers, file: string): Promise<void> {
    return writeWhole(join(this.folder, pointers[pointer]), `${basename(file)}\n`);
  }
}

/**
 * The projection version of a database file. It never recreates a missing or empty file, whose views would silently
 * answer zeros.
 *
 * @throws {StorageFault} when it is missing, empty or no database
 */
export async function versionOf(file: string): Promise<number> {
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
