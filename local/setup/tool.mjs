import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { build } from './build.mjs';
import { checkout } from './checkout.mjs';
import { installDependencies } from './dependencies.mjs';
import { fail } from './fail.mjs';

const [logins, script, ...args] = process.argv.slice(2);
installDependencies();
build();
const { readStackConfig } = await import('../dist/config.js');
const { status, error } = spawnSync(process.execPath, [path.join(checkout, script), ...args], {
  env: stack().environmentFor(...logins.split(',')),
  stdio: 'inherit',
});
if (error !== undefined) fail(error.message);
process.exit(status ?? 1);

function stack() {
  try {
    return readStackConfig();
  } catch (error) {
    return fail(error.message);
  }
}
