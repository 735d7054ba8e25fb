import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const megabytes = 64;

/** A file system of a few megabytes in memory: one that a test can really fill. Only root can mount it. */
export class SmallDisk {
  private constructor(
    readonly folder: string,
    private readonly watcher: ChildProcess,
  ) {}

  /** @returns null where this process may not mount anything */
  static mount(folder: string): SmallDisk | null {
    mkdirSync(folder, { recursive: true });
    const options = ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'outbox-analytics', folder];
    if (spawnSync('mount', options).status !== 0) return null;
    // Even when the test run is killed: its end closes the pipe.
    const watcher = spawn('sh', ['-c', 'read _ || umount -l "$1"', 'sh', folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    watcher.unref();
    return new SmallDisk(folder, watcher);
  }

  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.folder);
    return bavail * bsize;
  }

  /** Leaves not a single block. @throws unless a write then fails with ENOSPC */
  fill(): void {
    const { freeBytes } = this;
    if (freeBytes > 0) writeFileSync(this.ballast, Buffer.alloc(freeBytes));
    try {
      writeFileSync(join(this.folder, 'one-more'), Buffer.alloc(8192));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return;
      throw error;
    } finally {
      rmSync(join(this.folder, 'one-more'), { force: true });
    }
    throw new Error(`${this.folder} takes more although it should be full`);
  }

  empty(): void {
    rmSync(this.ballast, { force: true });
  }

  copyTo(folder: string): void {
    this.empty();
    cpSync(this.folder, folder, { recursive: true });
  }

  unmount(): void {
    spawnSync('umount', ['-l', this.folder]);
    this.watcher.stdin?.end('unmounted\n');
  }

  private get ballast(): string {
    return join(this.folder, 'ballast');
  }
}
