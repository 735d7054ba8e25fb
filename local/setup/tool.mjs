import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { checkout } from './checkout.mjs';
import { installDependencies } from './dependencies.mjs';
import { fail } from './fail.mjs';

const [logins, script, ...args] = process.argv.slice(2);
installDependencies();
build();
const { readStackConfig } = await import('../dist/config.js');
// In this process: a signal to it has nobody else to reach.
const file = path.join(checkout, script);
const environment = environmentOf(logins.split(','));
for (const name of Object.keys(process.env)) delete process.env[name];
Object.assign(process.env, environment);
process.argv = [process.execPath, file, ...args];
await import(pathToFileURL(file).href);

function environmentOf(names) {
  try {
    return readStackConfig().environmentFor(...names);
  } catch (error) {
    return fail(error.message);
  }
}
