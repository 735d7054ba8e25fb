import {
  copyFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** A log that has become longer is to begin anew. */
export const mostLogBytes = 16 << 20;

/** Begins a new log; the one of the start before stays as `<name>.log.1`. */
export function rotateLog(directory: string, name: string): string {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `${name}.log`);
  if (existsSync(file)) renameSync(file, `${file}.1`);
  writeFileSync(file, '');
  return file;
}

/**
 * Lets a log that has become too long begin anew, while a process goes on appending to it. What was there stays
 * as `<name>.log.1`, but for lines that come while it is copied.
 *
 * @param beforeEmptied the last moment to read them
 */
export function beginLogAnew(file: string, beforeEmptied: () => void): void {
  copyFileSync(file, `${file}.1`);
  beforeEmptied();
  truncateSync(file);
}
