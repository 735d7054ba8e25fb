import { spawnSync } from 'node:child_process';

/** What node-gyp compiles with: for each tool, the names that it may have. */
const tools = [
  ['python3', 'python'],
  ['make', 'gmake'],
  ['c++', 'g++', 'clang++'],
];

const packages =
  'Debian, Ubuntu: apt-get install python3 make g++; Fedora, RHEL: dnf install python3 make gcc-c++; ' +
  'Alpine: apk add python3 make g++; macOS: xcode-select --install';

/** What to install where something cannot be compiled for want of tools, in one line; undefined when they are there. */
export function missingCompiler() {
  const missing = tools.filter((names) => !names.some(runs)).map(([name]) => name);
  if (missing.length === 0) return undefined;
  return `sqlite3's own binary does not load on this system, and it cannot be compiled without ${missing.join(', ')}: install what is missing, then start again (${packages})`;
}

function runs(name) {
  return spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0;
}
