import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from './build.mjs';
import { checkout } from './checkout.mjs';
import { installPackages } from './dependencies.mjs';
import { fail } from './fail.mjs';
import { resolveJars } from './jars.mjs';
import { checkJava } from './java-version.mjs';
import { runJest } from './jest.mjs';
import { longTests } from './long-tests.mjs';
import { loadSqlite3 } from './sqlite3.mjs';

const { long, wanted, number = 1, of = 1 } = readArguments();
/** What .ci/run counts: of the workspaces, then of the whole system. */
const results = resultsOf('');
const systemResults = resultsOf('-system');
/** Expressions for the paths of test files, whole or from their workspace; where workspaces are named, all of theirs. */
const namesOf = (files) =>
  files.map((file) => path.basename(file).replaceAll('.', '\\.')).join('|');
const files = {
  long: [`/(${namesOf(longTests.filter((_, i) => i % of === number - 1))})$`],
  short: [`^(?!(.*/)?(${namesOf(longTests)})$)`],
  named: [],
};
for (const file of longTests) {
  if (!existsSync(path.join(checkout, file))) fail(`long-tests.mjs: there is no ${file}`);
}

const workspaces = workspacesWithTests();
for (const name of wanted) {
  if (!workspaces.has(name)) fail(`no workspace ${name}; there are: ${[...workspaces.keys()]}`);
}

for (const file of [results, systemResults]) rmSync(file, { force: true });
checkJava();
installPackages();
// Where sqlite3 has to be compiled, that takes one core, and as long as the checks.
const checks = !long && wanted.length === 0 ? startChecks() : null;
loadSqlite3();
if (checks === null) build();
else if ((await checks) !== 0) fail('a check failed: npm run check');
await resolveJars();
const names = wanted.length === 0 ? [...workspaces.keys()] : wanted;
const folders = names.map((name) => workspaces.get(name));
// What is quick fails first.
const quick = folders.filter((folder) => folder !== 'tests');
const which = files[long ? 'long' : wanted.length === 0 ? 'short' : 'named'];
const exitCodes = [
  quick.length > 0 ? runJest(quick, results, {}, which) : 0,
  quick.length < folders.length ? runJest(['tests'], systemResults, {}, which) : 0,
];
process.exitCode = Math.max(...exitCodes);

/** `--long`, or `--long 2/3`: the second third; or the names of workspaces. */
function readArguments() {
  const [first, part = '1/1', ...rest] = process.argv.slice(2);
  if (first !== '--long') return { long: false, wanted: process.argv.slice(2) };
  const [, number, of] = /^(\d+)\/(\d+)$/.exec(part)?.map(Number) ?? [];
  if (!(number >= 1 && number <= of) || rest.length > 0) fail('npm run test:long [-- 2/3]');
  return { long: true, wanted: [], number, of };
}

function resultsOf(part) {
  return path.join(checkout, '.local', `test${long ? '-long' : ''}${part}-results.json`);
}

/** By the package's name: its folder. */
function workspacesWithTests() {
  const { workspaces: folders } = JSON.parse(readFileSync(path.join(checkout, 'package.json')));
  const tested = folders.filter((folder) =>
    readdirSync(path.join(checkout, folder)).includes('jest.config.js'),
  );
  return new Map(
    tested.map((folder) => [
      JSON.parse(readFileSync(path.join(checkout, folder, 'package.json'))).name,
      folder,
    ]),
  );
}

/** Type check (which also builds), lint, format. @returns the exit code */
async function startChecks() {
  const options = { cwd: checkout, stdio: 'inherit' };
  const [code] = await once(spawn('npm', ['run', '--silent', 'check'], options), 'exit');
  return code;
}
