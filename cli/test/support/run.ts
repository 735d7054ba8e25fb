import { execFile } from 'node:child_process';
import { join } from 'node:path';

const folder = join(__dirname, '..', '..');

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** As images run it: the environment says where everything is. */
export const outbox = (args: readonly string[], variables: NodeJS.ProcessEnv = {}) =>
  run(join(folder, 'dist', 'main.js'), args, variables);

/** As `npx outbox` and `npm run` do: it finds what runs. */
export const npx = (args: readonly string[], variables: NodeJS.ProcessEnv = {}) =>
  run(join(folder, 'bin', 'outbox.mjs'), args, variables);

function run(script: string, args: readonly string[], variables: NodeJS.ProcessEnv) {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...variables };
  return new Promise<Ended>((resolve) => {
    execFile(process.execPath, [script, ...args], { env, timeout: 60_000 }, (error, out, err) => {
      const code = typeof error?.code === 'number' ? error.code : error === null ? 0 : -1;
      resolve({ code, out, err });
    });
  });
}
