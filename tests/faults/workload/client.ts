import { Violation } from '../violation';

/** An answer of the command service, or null: nobody answered. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const patienceMs = 8_000;

/** Sends one request. Never throws: an answer that does not come is what a client has to live with. */
export async function send(
  url: string,
  method: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<Reply | null> {
  try {
    const answer = await fetch(url, {
      method,
      body,
      headers: { 'Content-Type': 'application/json', ...headers },
      signal: AbortSignal.timeout(patienceMs),
    });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  } catch {
    return null;
  }
}

type Meaning = 'done' | 'refused' | 'unknown' | 'again';

/** What a reply means to a client that follows the contract. `again`: its first request is under way. */
export function meaningOf(reply: Reply | null): Meaning {
  if (reply === null) return 'unknown';
  if (reply.status < 300) return 'done';
  if (reply.status === 503)
    return reply.text.includes('"outcome":"unknown"') ? 'unknown' : 'refused';
  if (reply.status === 409 && reply.text.includes('is under way')) return 'again';
  if (reply.status < 500) return 'refused';
  throw new Violation('A', `the command service answered ${reply.status}: ${reply.text}`);
}
