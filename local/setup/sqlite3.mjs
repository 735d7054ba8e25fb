import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkout } from './checkout.mjs';
import { fail } from './fail.mjs';
import { missingCompiler } from './missing-compiler.mjs';
import { runLogged } from './run-logged.mjs';
import { step } from './step.mjs';

const folder = path.join(checkout, 'node_modules', 'sqlite3');
const require = createRequire(path.join(folder, 'package.json'));

/**
 * Loads sqlite3, and compiles it where the binary in its package does not load: that one is for glibc 2.38 and newer,
 * and musl. Each time, for node_modules may have come from another system.
 */
export function loadSqlite3() {
  if (loadFault() === undefined) return;
  step('sqlite3, which has to be compiled here', compile);
  const fault = loadFault();
  if (fault !== undefined) fail(`sqlite3 cannot be loaded: ${fault}`);
}

/** Why it cannot be loaded, in one line; or undefined. */
function loadFault() {
  try {
    require(folder);
    return undefined;
  } catch (error) {
    return error.message.split('\n', 1)[0];
  }
}

/** In a folder of its own, for node-gyp's makefiles cannot stand a space in a path. */
function compile() {
  const copy = mkdtempSync(path.join(tmpdir(), 'sqlite3-'));
  try {
    cpSync(folder, copy, { recursive: true });
    const headers = path.dirname(require.resolve('node-addon-api/package.json'));
    cpSync(headers, path.join(copy, 'node_modules', 'node-addon-api'), { recursive: true });
    const nodeGyp = require.resolve('node-gyp/bin/node-gyp.js');
    const args = [nodeGyp, 'rebuild', '--directory', copy, '--jobs', 'max'];
    const { status, logFile } = runLogged(process.execPath, args, 'sqlite3.log');
    if (status !== 0) fail(missingCompiler() ?? `sqlite3 cannot be compiled; ${logFile} says why`);
    const built = path.join('build', 'Release', 'node_sqlite3.node');
    cpSync(path.join(copy, built), path.join(folder, built), { recursive: true });
  } finally {
    rmSync(copy, { recursive: true });
  }
}
