import type { Stack } from './stack';

/** What the query service answers, with the changes of these tokens in it. */
export async function ask(stack: Stack, path: string, token: string | null, seconds: number) {
  const answer = await fetch(`${stack.queries}/api/analytics${path}`, {
    headers: { 'Consistency-Token': token ?? '', Prefer: `wait=${seconds}` },
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
