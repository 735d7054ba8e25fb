import { open, stat } from 'node:fs/promises';

const magic = 'SQLite format 3\0';

/**
 * Looks whether a path still names the file that it names now. SQLite does not: it goes on writing into a deleted file,
 * and all of that is lost when the process ends.
 */
export async function watchFile(file: string): Promise<() => Promise<string | null>> {
  const { ino } = await stat(file);
  return () => lookAt(file, ino);
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
