import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fail } from './fail.mjs';
import { checkout } from './checkout.mjs';

/** Compiles what is stale; takes half a second when nothing is. */
export function build() {
  const tsc = path.join(checkout, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-b'], {
    cwd: checkout,
    encoding: 'utf8',
  });
  if (status !== 0) fail(`${stdout}\nthe build failed: npm run build`);
}

/** Compiles when a source is newer than what was made of it: a look at each takes some milliseconds, and the compiler half a second. */
export function buildIfStale() {
  const folders = readdirSync(checkout).filter((name) =>
    existsSync(path.join(checkout, name, 'tsconfig.json')),
  );
  if (folders.some(isStale)) build();
}

function isStale(folder) {
  const info = path.join(checkout, folder, 'dist', '.tsbuildinfo');
  if (!existsSync(info)) return true;
  const built = statSync(info).mtimeMs;
  const sources = path.join(checkout, folder, 'src');
  return readdirSync(sources, { recursive: true, withFileTypes: true }).some(
    (entry) =>
      entry.isFile() &&
      statSync(path.join(entry.parentPath ?? entry.path, entry.name)).mtimeMs > built,
  );
}
