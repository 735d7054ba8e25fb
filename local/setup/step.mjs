import { performance } from 'node:perf_hooks';

/** Runs one step of the set-up and shows how long it took. */
export function step(title, run) {
  const started = performance.now();
  process.stdout.write(`  … ${title}\n`);
  const result = run();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`  ✓ ${title.padEnd(40)} ${seconds.padStart(6)} s\n`);
  return result;
}
