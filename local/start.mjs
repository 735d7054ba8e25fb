// `npm start`: sets up what is missing, then hands over to the supervisor (src/main.ts).
// Plain JavaScript without dependencies, because it runs before there are any.
import { checkNode } from './setup/node-version.mjs';

checkNode();
// Only now, because these use more of the language than an old Node.js can read.
import('./setup/start.mjs');
