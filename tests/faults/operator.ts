import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { until } from 'local/until';
import { asEnvironment } from '../support/ports';
import type { FaultSystem } from './system';

const deadlineMs = 120_000;

/** Runs one of the operator's commands as the docs write it, until it ends with 0. */
export async function operate(system: FaultSystem, ...args: string[]): Promise<string> {
  return until(
    async () => {
      const { code, output } = await npmRun(system, args);
      if (code !== 0) throw new Error(`npm run ${args.join(' ')} ended with ${code}: ${output}`);
      return output;
    },
    deadlineMs,
    undefined,
    1_000,
  );
}

/** Once, whatever its end. */
export async function npmRun(
  system: FaultSystem,
  args: readonly string[],
): Promise<{ code: number | null; output: string }> {
  const child = spawn('npm', ['run', '--silent', ...args], {
    cwd: system.checkout,
    env: {
      ...process.env,
      ...asEnvironment(system.stack.ports),
      LOCAL_DIR: system.stack.folder,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const outputs = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await once(child, 'exit')) as [number | null];
  return { code, output: (await outputs).join('').trim() };
}
