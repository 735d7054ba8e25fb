// `npm run test:faults`: sets up what is missing, then runs the tests that break the whole system.
// Plain JavaScript without dependencies, because it runs before there are any.
import { checkNode } from './setup/node-version.mjs';

checkNode();
// Only now, because these use more of the language than an old Node.js can read.
import('./setup/test-faults.mjs');
