import { spawnSync } from 'node:child_process';
import { checkout } from './checkout.mjs';
import { fail } from './fail.mjs';
import { step } from './step.mjs';

/** Words of what --short runs by turns, a day each: all of it would take half an hour of CI. */
const turns = [
  ['failover', 'scale', 'citus'],
  ['cluster'],
  ['secure-start', 'containers'],
  ['networks', 'exactly-once', 'supervision', 'tour', 'power-cut', 'categories'],
];

/** @returns expressions for paths */
export function filesOfToday() {
  const today = turns[Math.floor(Date.now() / 86_400_000) % turns.length];
  console.log(`today: ${today.join(', ')}`);
  return today.map((word) => `/${word}\\.`);
}

export function checkEngine() {
  const { status, stderr, error } = docker(['compose', 'version']);
  const engine = docker(['info', '--format', '{{.ServerVersion}}']);
  if (status === 0 && engine.status === 0) return;
  const reason = error?.message ?? `${stderr}${engine.stderr}`.trim();
  fail(`a Docker engine with Compose 2.24 or newer is needed for this: ${reason}`);
}

/**
 * Once for all tests: each of them then starts its stack without `--build`.
 *
 * @param wanted expressions for paths of test files: only one has images with Patroni and etcd
 */
export function buildImages(wanted) {
  const isWanted = (file) => wanted.length === 0 || wanted.some((word) => file.match(word));
  const files = ['docker-compose.yml', 'docker-compose.cluster.yml'];
  if (isWanted('/failover.compose.test.ts')) files.push('docker-compose.failover.yml');
  step('images (docker compose build)', () => {
    const { status, stdout, stderr } = docker([
      'compose',
      ...files.flatMap((file) => ['-f', file]),
      'build',
    ]);
    if (status !== 0) fail(`${stdout}${stderr}\nthe images cannot be built`);
  });
}

function docker(args) {
  return spawnSync('docker', args, {
    cwd: checkout,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
