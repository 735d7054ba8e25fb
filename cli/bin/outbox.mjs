#!/usr/bin/env node
// `npx outbox …`, and `npm run X` for each of its words X: the command of this checkout.
import { checkNode } from '../../local/setup/node-version.mjs';

checkNode();
// Only now, because this uses more of the language than an old Node.js can read.
import('../../local/setup/outbox.mjs');
