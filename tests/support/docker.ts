import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

export const checkout = resolve(__dirname, '..', '..');

/** Runs `docker …`. @returns what it prints @throws with what it says when it fails */
export function docker(...args: string[]): string {
  return run(args, {});
}

/** Runs `docker compose …` in the checkout. @returns what it prints */
export function dockerCompose(args: string[], variables: Record<string, string>): string {
  return run(['compose', ...args], variables);
}

function run(args: string[], variables: Record<string, string>): string {
  return execFileSync('docker', args, {
    cwd: checkout,
    env: { ...process.env, ...variables },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
