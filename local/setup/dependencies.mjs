import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fail } from './fail.mjs';
import { checkout } from './checkout.mjs';
import { runLogged } from './run-logged.mjs';
import { loadSqlite3 } from './sqlite3.mjs';
import { step } from './step.mjs';

const modules = path.join(checkout, 'node_modules');
const stamp = path.join(modules, '.package-lock.sha256');

/** `npm ci` when node_modules is missing or was made from another package-lock.json; what is native is loaded. */
export function installDependencies() {
  installPackages();
  loadSqlite3();
}

/** The same but for what is native. */
export function installPackages() {
  if (isStamped()) return;
  step(isInstalled() ? 'dependencies, which are there' : 'dependencies (npm ci)', install);
  writeFileSync(stamp, wanted());
}

/** The same where sqlite3 is not needed; a millisecond when nothing is missing. */
export function installForCommands() {
  if (!isStamped() && !isInstalled()) installDependencies();
}

/** Scripts run only of those that package.json allows: an older npm would run all. */
function install() {
  // sqlite3 asks for Node.js 22. It does its work with those that we ask for, as the tests show.
  if (!isInstalled())
    npm('ci', '--ignore-scripts', '--engine-strict=false', '--no-audit', '--no-fund');
  npm('rebuild', '--ignore-scripts=false', ...installedWithScripts());
}

function installedWithScripts() {
  const { allowScripts } = JSON.parse(readFileSync(path.join(checkout, 'package.json'), 'utf8'));
  return Object.keys(allowScripts).filter(
    (name) => allowScripts[name] && existsSync(path.join(modules, name)),
  );
}

function npm(...args) {
  const { status, logFile } = runLogged('npm', args, `npm-${args[0]}.log`);
  if (status !== 0) fail(`npm ${args[0]} failed; ${logFile} says why`);
}

function isStamped() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted();
}

/** Whether somebody's `npm install` has already put there what the lock file names, with its scripts or without. */
export function isInstalled() {
  const { packages } = JSON.parse(readFileSync(path.join(checkout, 'package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([folder, { optional }]) => folder.includes('node_modules/') && !optional)
    .every(([folder, { version, link }]) =>
      link ? existsSync(path.join(checkout, folder)) : installedVersion(folder) === version,
    );
}

function installedVersion(folder) {
  try {
    return JSON.parse(readFileSync(path.join(checkout, folder, 'package.json'), 'utf8')).version;
  } catch {
    return undefined;
  }
}

function wanted() {
  return createHash('sha256')
    .update(readFileSync(path.join(checkout, 'package-lock.json')))
    .digest('hex');
}
