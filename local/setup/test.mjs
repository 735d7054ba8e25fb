import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { checkout } from './checkout.mjs';
import { buildImages, checkEngine, filesOfToday } from './compose-images.mjs';
import { installDependencies, installPackages } from './dependencies.mjs';
import { fail } from './fail.mjs';
import { readFaultArguments } from './fault-arguments.mjs';
import { checkJava } from './java-version.mjs';
import { runJest } from './jest.mjs';
import { longTests } from './long-tests.mjs';
import { resolveJars, setUp } from './set-up.mjs';
import { loadSqlite3 } from './sqlite3.mjs';

/** The workspaces with tests. */
const { projects } = createRequire(import.meta.url)('../../jest.config.js');
/** How package.json's scripts ask for them, each with what follows there. They return jest's exit code. */
const ways = { '--long': long, '--browser': browser, '--faults': faults, '--compose': compose };
const [first, ...rest] = process.argv.slice(2);
const way = ways[first];
process.exitCode = await (way === undefined ? ordinary(process.argv.slice(2)) : way(rest));

/** @param folders workspaces, all of whose tests are wanted; none: all but the longest of all of them, after the checks */
async function ordinary(folders) {
  const unknown = folders.find((folder) => !projects.includes(folder));
  if (unknown !== undefined) fail(`no workspace ${unknown}; there are: ${projects.join(', ')}`);
  checkJava();
  if (folders.length > 0) {
    await setUp();
    return runAll('test', folders, []);
  }
  installPackages();
  // Where sqlite3 has to be compiled, that takes one core, and as long as the checks, which also build.
  const options = { cwd: checkout, stdio: 'inherit' };
  const checks = once(spawn('npm', ['run', '--silent', 'check'], options), 'exit');
  loadSqlite3();
  const [code] = await checks;
  if (code !== 0) fail('a check failed: npm run check');
  await resolveJars();
  return runAll('test', projects, [`^(?!(.*/)?(${namesOf(longTests)})$)`]);
}

/** @param part such as `2/3`: the second third of them */
async function long([part = '1/1', ...more]) {
  const [, number, of] = /^(\d+)\/(\d+)$/.exec(part)?.map(Number) ?? [];
  if (!(number >= 1 && number <= of) || more.length > 0) fail('npm run test:long [-- 2/3]');
  const files = longTests.filter((_, i) => i % of === number - 1);
  await setUp();
  return runAll('test-long', projects, [`/(${namesOf(files)})$`]);
}

async function browser() {
  await setUp();
  return runJest(['tests'], 'test-browser', { TESTS: 'browser' });
}

async function faults(args) {
  const { environment, files } = readFaultArguments(args);
  await setUp();
  return runJest(['tests'], 'test-faults', { TESTS: 'faults', ...environment }, files);
}

/** @param words of which the wanted files hold one in their path; `--short`: those of today's turn; none: all */
function compose(words) {
  const files = words.join() === '--short' ? filesOfToday() : words;
  checkEngine();
  installDependencies();
  buildImages(files);
  return runJest(['tests'], 'test-compose', { STACK: 'compose' }, files);
}

/** What is quick fails first: the workspaces, then the whole system. */
function runAll(name, folders, files) {
  const quick = folders.filter((folder) => folder !== 'tests');
  return Math.max(
    quick.length > 0 ? runJest(quick, name, {}, files) : 0,
    quick.length < folders.length ? runJest(['tests'], `${name}-system`, {}, files) : 0,
  );
}

/** An expression for their names, with which jest's paths end, whether whole or from their workspace. */
function namesOf(files) {
  const missing = files.find((file) => !existsSync(path.join(checkout, file)));
  if (missing !== undefined) fail(`long-tests.mjs: there is no ${missing}`);
  return files.map((file) => path.basename(file).replaceAll('.', '\\.')).join('|');
}
