import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

export const checkout = resolve(__dirname, '..', '..');

/** Runs `docker …`. @returns what it prints @throws with what it says when it fails */
export function docker(...args: string[]): Promise<string> {
  return run(args, {});
}

/** Runs `docker compose …` in the checkout. @returns what it prints */
export function dockerCompose(args: string[], variables: Record<string, string>): Promise<string> {
  return run(['compose', ...args], variables);
}

/**
 * Beside this process, which has clients to keep running: one that stands still for 5 seconds finds
 * its idle connections closed by the server.
 */
async function run(args: string[], variables: Record<string, string>): Promise<string> {
  const { stdout } = await promisify(execFile)('docker', args, {
    cwd: checkout,
    env: { ...process.env, ...variables },
    maxBuffer: 64 << 20,
  });
  return stdout;
}
