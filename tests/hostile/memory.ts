import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { until } from 'local/until';

/** What a process uses, in bytes, when all garbage is collected. */
export interface Memory {
  readonly pid: number;
  /** Bytes used in the heap, and outside it for buffers. */
  readonly used: number;
  /** The process's resident memory. */
  readonly rss: number;
}

/** For `COMMAND_SERVICE_ENV_…` and the like: lets `memoryOf` look into this process. */
export function watchedMemory(file: string): Record<'NODE_OPTIONS' | 'MEMORY_FILE', string> {
  return {
    NODE_OPTIONS: `--require ${join(__dirname, 'collect-garbage.cjs')}`,
    MEMORY_FILE: file,
  };
}

/** @param file of `watchedMemory` */
export async function memoryOf(pid: number, file: string): Promise<Memory> {
  rmSync(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  return until(() => JSON.parse(readFileSync(file, 'utf8')) as Memory, 60_000);
}
