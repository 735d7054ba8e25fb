import type { Context } from 'koa';
import { Problem } from 'service-kit/problem';

/** A service that answers for us, for as long as a page waits. */
export interface Neighbour {
  /** In sentences: `the relay keeper`. */
  readonly name: string;
  readonly url: string;
}

/** To explain an order, the keeper reads a topic. The page waits for longer, to be told who does not answer. */
const timeoutMs = 15_000;

const requestHeaders = ['authorization', 'content-type'];
const answerHeaders = ['content-type', 'link', 'retry-after', 'www-authenticate'];

/**
 * Asks a neighbour what this client asks, with the client's own token, and answers with what it says: this process
 * lends nobody its rights.
 *
 * @param path with its query
 * @throws {Problem} 502 when it does not answer
 */
export async function handOn(ctx: Context, { name, url }: Neighbour, path: string): Promise<void> {
  const headers = Object.fromEntries(
    requestHeaders.map((header) => [header, ctx.get(header)]).filter(([, value]) => value !== ''),
  ) as Record<string, string>;
  const signal = AbortSignal.timeout(timeoutMs);
  const init = { method: ctx.method, headers, signal };
  const answer = await fetch(new URL(path, url), init).catch(() => {
    throw new Problem(502, `${name} does not answer`);
  });
  ctx.status = answer.status;
  for (const header of answerHeaders) {
    const value = answer.headers.get(header);
    if (value !== null) ctx.set(header, value);
  }
  ctx.body = Buffer.from(await answer.arrayBuffer());
}
