import { open, stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { StorageFault } from '../storage-fault';
import type { FileWatch } from '../views-home';

const everyMs = 1_000;
const magic = 'SQLite format 3\0';

/**
 * Checks once a second whether a path still names the opened file. SQLite does not check: it goes on writing into a
 * deleted file, and all of that is lost when the process ends.
 */
export class DatabaseFileWatch implements FileWatch {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  /** @param onFault called once, with the first fault */
  constructor(
    private readonly file: string,
    private readonly onFault: (fault: StorageFault) => void,
  ) {}

  async start(): Promise<void> {
    const { ino } = await stat(this.file);
    this.running = this.run(ino);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(inode: number): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const what = await lookAt(this.file, inode);
      if (what !== null) {
        this.onFault(new StorageFault(this.file, what));
        return;
      }
      await wait(everyMs, undefined, { signal }).catch(() => null);
    }
  }
}

/** The visible fault of the file; null when there is none. */
async function lookAt(file: string, inode: number): Promise<string | null> {
  try {
    const handle = await open(file);
    try {
      const { ino } = await handle.stat();
      if (ino !== inode) return 'was replaced while it was open';
      const { buffer } = await handle.read(Buffer.alloc(magic.length), 0, magic.length, 0);
      return buffer.toString('latin1') === magic ? null : 'is damaged (its header was overwritten)';
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Other errors, such as too many open files, say nothing about this file.
    return code === 'ENOENT' ? 'was deleted while it was open' : null;
  }
}
