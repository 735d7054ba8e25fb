import type { Stack } from '../support/stack';

/** Asks Connect's REST, through the relay keeper. @returns its answer. @throws when it is not 2xx */
export async function request(stack: Stack, method: string, path: string): Promise<string> {
  const answer = await fetch(stack.connect + path, {
    method,
    headers: { 'content-type': 'application/json' },
    signal: AbortSignal.timeout(20_000),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text;
}
