import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { checkout } from './checkout.mjs';

/**
 * Two, whatever the machine has: many files start a broker and a database of their own and hold them
 * to deadlines.
 */
const workers = 2;

/**
 * Runs the tests of these workspaces: two files at a time, but one at a time of `tests`, whose files
 * have the whole system to themselves.
 *
 * @param name of the run: `.local/<name>-results.json` has jest's results, which .ci/run counts
 * @param environment in addition to this process's own
 * @param files only those whose path matches one of these expressions; all when empty
 * @returns the exit code
 */
export function runJest(folders, name, environment = {}, files = []) {
  const local = path.join(checkout, '.local');
  mkdirSync(local, { recursive: true, mode: 0o700 });
  const jest = path.join(checkout, 'node_modules', 'jest', 'bin', 'jest.js');
  const { status } = spawnSync(
    process.execPath,
    [
      jest,
      ...(folders.includes('tests') ? ['--runInBand'] : [`--maxWorkers=${workers}`]),
      '--json',
      `--outputFile=${path.join(local, `${name}-results.json`)}`,
      ...files.map((file) => `--testPathPatterns=${file}`),
      '--projects',
      ...folders.map((folder) => path.join(checkout, folder)),
    ],
    { cwd: checkout, env: { ...process.env, ...environment }, stdio: 'inherit' },
  );
  return status ?? 1;
}
