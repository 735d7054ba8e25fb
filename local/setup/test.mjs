import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from './build.mjs';
import { checkout } from './checkout.mjs';
import { installDependencies } from './dependencies.mjs';
import { fail } from './fail.mjs';
import { resolveJars } from './jars.mjs';
import { checkJava } from './java-version.mjs';
import { runJest } from './jest.mjs';

/** What .ci/run counts: of the workspaces, then of the whole system. */
const results = path.join(checkout, '.local', 'test-results.json');
const systemResults = path.join(checkout, '.local', 'test-system-results.json');

const wanted = process.argv.slice(2);
const workspaces = workspacesWithTests();
for (const name of wanted) {
  if (!workspaces.has(name)) fail(`no workspace ${name}; there are: ${[...workspaces.keys()]}`);
}

for (const file of [results, systemResults]) rmSync(file, { force: true });
checkJava();
installDependencies();
if (wanted.length === 0) runChecks();
else build();
await resolveJars();
const names = wanted.length === 0 ? [...workspaces.keys()] : wanted;
const folders = names.map((name) => workspaces.get(name));
// What is quick fails first.
const quick = folders.filter((folder) => folder !== 'tests');
const exitCodes = [
  quick.length > 0 ? runJest(quick, results) : 0,
  quick.length < folders.length ? runJest(['tests'], systemResults) : 0,
];
process.exitCode = Math.max(...exitCodes);

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

/** Type check (which also builds), lint, format. */
function runChecks() {
  const { status } = spawnSync('npm', ['run', '--silent', 'check'], {
    cwd: checkout,
    stdio: 'inherit',
  });
  if (status !== 0) fail('a check failed: npm run check');
}
