import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { checkout } from './checkout.mjs';

/**
 * Runs the tests of these folders, one file at a time, because they share the machine's two cores;
 * the whole-system tests last.
 *
 * @param results the file for jest's results, which .ci/run counts
 * @param environment in addition to this process's own
 * @param files only those whose path matches one of these expressions; all when empty
 * @returns the exit code
 */
export function runJest(folders, results, environment = {}, files = []) {
  mkdirSync(path.dirname(results), { recursive: true });
  const jest = path.join(checkout, 'node_modules', 'jest', 'bin', 'jest.js');
  const { status } = spawnSync(
    process.execPath,
    [
      jest,
      '--runInBand',
      `--testSequencer=${path.join(checkout, 'local', 'setup', 'whole-system-last.js')}`,
      '--json',
      `--outputFile=${results}`,
      ...files.map((file) => `--testPathPatterns=${file}`),
      '--projects',
      ...folders.map((folder) => path.join(checkout, folder)),
    ],
    { cwd: checkout, env: { ...process.env, ...environment }, stdio: 'inherit' },
  );
  return status ?? 1;
}
