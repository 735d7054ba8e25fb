// `npm run reemit -- order:17` and the like: runs a part's one-shot program with the environment that
// `npm start` gives that part. First argument: the logins it gets, joined by commas; second: the script.
import { checkNode } from './setup/node-version.mjs';

checkNode();
import('./setup/tool.mjs');
