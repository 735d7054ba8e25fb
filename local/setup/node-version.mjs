// Must parse and run on any Node.js that knows modules: it is what tells that the version is too old.
import { fail } from './fail.mjs';

const wanted = [20, 19];

/** What is wrong with a version such as `v18.20.4`, or undefined. */
export function nodeFault(version) {
  const [major, minor] = version.slice(1).split('.').map(Number);
  if (major > wanted[0] || (major === wanted[0] && minor >= wanted[1])) return undefined;
  return `Node.js ${wanted.join('.')} or newer is needed, this is ${version}: see https://nodejs.org/en/download`;
}

export function checkNode() {
  const fault = nodeFault(process.version);
  if (fault !== undefined) fail(fault);
}
