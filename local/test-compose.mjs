// `npm run test:compose`: builds the images, then runs the whole-system tests against containers.
// Plain JavaScript without dependencies, because it runs before there are any.
import { checkNode } from './setup/node-version.mjs';

checkNode();
// Only now, because these use more of the language than an old Node.js can read.
import('./setup/test-compose.mjs');
