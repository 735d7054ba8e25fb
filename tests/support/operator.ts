import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { checkout } from 'local/paths';
import type { LocalStack } from './local-stack';
import type { Stack } from './stack';

/** Runs `npm run reconcile` or `npm run explain` against this stack. @returns what it prints, and its code */
export async function runAuditor(
  stack: LocalStack,
  verb: 'reconcile' | 'explain',
  args: string[],
  variables: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn('node', [join(checkout, 'cli/dist/main.js'), verb, ...args], {
    env: {
      ...process.env,
      DB_HOST: '127.0.0.1',
      DB_PORT: String(stack.ports.DB_PORT),
      AUDIT_DB_PASSWORD: 'auditor',
      QUERY_ADMIN_URLS: stack.queryAdmin,
      KAFKA_BOOTSTRAP_SERVERS: stack.bootstrapServers,
      ...variables,
    },
  });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await once(child, 'exit')) as [number | null];
  const [stdout, stderr] = await output;
  return { code, stdout, stderr };
}

/** Runs `npm run reemit` against this stack. @returns what it prints */
export function reemit(stack: Stack, ...args: string[]): string {
  return execFileSync('node', [join(checkout, 'cli/dist/main.js'), 'reemit', ...args], {
    env: {
      ...process.env,
      DB_HOST: '127.0.0.1',
      DB_PORT: String(stack.ports.DB_PORT),
      SERVICE_DB_PASSWORD: 'command_service',
    },
    encoding: 'utf8',
  });
}
