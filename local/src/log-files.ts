import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Begins a new log; the one of the start before stays as `<name>.log.1`. */
export function rotateLog(directory: string, name: string): string {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `${name}.log`);
  if (existsSync(file)) renameSync(file, `${file}.1`);
  writeFileSync(file, '');
  return file;
}
