// `npm run bench`: sets up what is missing, then runs the benchmarks (src/main.ts).
// Plain JavaScript without dependencies, because it runs before there are any.
import { checkNode } from '../local/setup/node-version.mjs';

checkNode();
// Only now, because these use more of the language than an old Node.js can read.
import('./setup.mjs');
