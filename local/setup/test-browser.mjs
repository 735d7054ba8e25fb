import { rmSync } from 'node:fs';
import path from 'node:path';
import { build } from './build.mjs';
import { checkout } from './checkout.mjs';
import { installDependencies } from './dependencies.mjs';
import { resolveJars } from './jars.mjs';
import { checkJava } from './java-version.mjs';
import { runJest } from './jest.mjs';

/** What .ci/run counts. */
const results = path.join(checkout, '.local', 'test-browser-results.json');

rmSync(results, { force: true });
checkJava();
installDependencies();
build();
await resolveJars();
process.exitCode = runJest(['tests'], results, { TESTS: 'browser' });
