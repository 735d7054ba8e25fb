// `npm test`, `npm test -w <workspace>` and each `npm run test:…`: sets up what is missing, then runs jest.
// Plain JavaScript without dependencies, because it runs before there are any.
import { checkNode } from './setup/node-version.mjs';

checkNode();
// Only now, because these use more of the language than an old Node.js can read.
import('./setup/test.mjs');
