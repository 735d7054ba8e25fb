import { join } from 'node:path';
import { checkout } from '../paths';
import type { Command } from '../process';
import { answersReady } from '../ready';
import type { Part } from '../supervised-part';

/**
 * MiB of each half of the young generation. Node.js 24 takes up to 64, which makes the query service's peak 100–140 MiB
 * higher and spares it no CPU. The Dockerfile says the same.
 */
const semiSpace = '--max-semi-space-size=8';

/** A Node.js program of this repository. @param script such as `command-service/dist/main.js`, and its arguments */
export function nodeCommand(
  [script, ...args]: readonly [string, ...string[]],
  environment: NodeJS.ProcessEnv,
): Command {
  return {
    file: process.execPath,
    args: [semiSpace, join(checkout, script), ...args],
    env: environment,
  };
}

/**
 * A long-running Node.js program with `/health/ready` on `healthPort`.
 *
 * @param program as `nodeCommand` has it
 */
export function servicePart(
  name: string,
  program: readonly [string, ...string[]],
  healthPort: number,
  environment: NodeJS.ProcessEnv,
): Part {
  return {
    name,
    prepare: () => Promise.resolve(nodeCommand(program, environment)),
    isReady: () => answersReady(`http://127.0.0.1:${healthPort}/health/ready`),
    stopSignal: 'SIGTERM',
    saysBadConfiguration: true,
    // Accepted requests have 10 s to finish.
    graceMs: 12_000,
  };
}
