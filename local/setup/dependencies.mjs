import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fail } from './fail.mjs';
import { checkout } from './checkout.mjs';
import { step } from './step.mjs';

const modules = path.join(checkout, 'node_modules');
const stamp = path.join(modules, '.package-lock.sha256');

/** `npm ci` when node_modules is missing or was made from another package-lock.json. */
export function installDependencies() {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted()) return;
  if (installedByHand()) {
    writeFileSync(stamp, wanted());
    return;
  }
  const logFile = path.join(checkout, '.local', 'npm-ci.log');
  step('dependencies (npm ci)', () => {
    mkdirSync(path.dirname(logFile), { recursive: true });
    const log = openSync(logFile, 'w');
    const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
      cwd: checkout,
      env: { ...localHeaders(), ...process.env },
      stdio: ['ignore', log, log],
    });
    if (status !== 0) fail(`npm ci failed; ${logFile} says why`);
  });
  writeFileSync(stamp, wanted());
}

/** Whether somebody's `npm install` has already put there what the lock file names. */
function installedByHand() {
  const { packages } = JSON.parse(readFileSync(path.join(checkout, 'package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([folder, { optional }]) => folder.includes('node_modules/') && !optional)
    .every(([folder, { version, link }]) => link || installedVersion(folder) === version);
}

function installedVersion(folder) {
  try {
    return JSON.parse(readFileSync(path.join(checkout, folder, 'package.json'), 'utf8')).version;
  } catch {
    return undefined;
  }
}

/**
 * Where sqlite3 has to be compiled, because its prebuilt binary cannot be had, the headers that came
 * with this Node.js spare one more download.
 */
function localHeaders() {
  const prefix = path.resolve(process.execPath, '..', '..');
  const there = existsSync(path.join(prefix, 'include', 'node', 'node.h'));
  return there ? { npm_package_config_node_gyp_nodedir: prefix } : {};
}

function wanted() {
  return createHash('sha256')
    .update(readFileSync(path.join(checkout, 'package-lock.json')))
    .digest('hex');
}
