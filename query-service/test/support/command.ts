import { execFile } from 'node:child_process';
import { join } from 'node:path';

export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command as containers do: the built program, a process of its own. */
export function runCommand(
  program: 'dead-letters' | 'consumption',
  adminUrl: string,
  args: readonly string[],
  variables: NodeJS.ProcessEnv = {},
): Promise<CommandResult> {
  const script = join(__dirname, '..', '..', '..', 'cli', 'dist', 'main.js');
  const env = { ...process.env, QUERY_ADMIN_URL: adminUrl, ...variables };
  return new Promise((resolve) => {
    execFile(process.execPath, [script, program, ...args], { env }, (error, out, err) => {
      const code = typeof error?.code === 'number' ? error.code : error === null ? 0 : -1;
      resolve({ code, out: out.trim(), err: err.trim() });
    });
  });
}
