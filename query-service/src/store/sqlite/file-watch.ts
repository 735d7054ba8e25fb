import { open, stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { StorageFault } from '../storage-fault';
import type { FileWatch } from '../views-home';

const everyMs = 1_000;
const magic = 'SQLite format 3\0';

/**
 * Looks once a second whether a path still names the file that was opened. SQLite does not: it writes
 * on into a deleted file, and all of that is gone with the process.
 */
export class DatabaseFileWatch implements FileWatch {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  /** @param onFault called once, at the first thing that is wrong */
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

/** What is wrong with the file; null: nothing that can be seen from outside. */
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
    // Anything else, such as too many open files, says nothing about this one.
    return code === 'ENOENT' ? 'was deleted while it was open' : null;
  }
}
