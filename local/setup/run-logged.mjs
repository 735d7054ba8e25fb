import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { checkout } from './checkout.mjs';

/**
 * Runs a program in the checkout; what it writes goes to a log in .local.
 *
 * @returns {{ status: number | null, logFile: string }}
 */
export function runLogged(program, args, logName) {
  const logFile = path.join(checkout, '.local', logName);
  mkdirSync(path.dirname(logFile), { recursive: true, mode: 0o700 });
  const log = openSync(logFile, 'w');
  const { status } = spawnSync(program, args, {
    cwd: checkout,
    env: { ...headersOfThisNode(), ...process.env },
    stdio: ['ignore', log, log],
  });
  return { status, logFile };
}

/** Where something has to be compiled, the headers that came with this Node.js spare a download. */
function headersOfThisNode() {
  const prefix = path.resolve(process.execPath, '..', '..');
  const there = existsSync(path.join(prefix, 'include', 'node', 'node.h'));
  return there ? { npm_package_config_node_gyp_nodedir: prefix } : {};
}
