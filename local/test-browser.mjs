// `npm run test:browser`: sets up what is missing, then looks at the dashboard in a real browser.
// Plain JavaScript without dependencies, because it runs before there are any.
import { checkNode } from './setup/node-version.mjs';

checkNode();
// Only now, because these use more of the language than an old Node.js can read.
import('./setup/test-browser.mjs');
