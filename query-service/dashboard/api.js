// The service's API, asked with a token where it wants one. What is the operators' has a token of its own.

const timeoutMs = 2_000;
/** To explain an order, Kafka is read. */
const operatorsTimeoutMs = 30_000;

/** Kept for this tab only. */
const keyOf = (path) =>
  path.startsWith('operators/') ? 'outbox-operators-token' : 'outbox-analytics-token';

/** The service wants a token, or another one. */
export class TokenNeeded extends Error {
  constructor(message, path, scope) {
    super(message);
    this.path = path;
    this.scope = scope;
  }
}

/** @returns the answer's JSON @throws TokenNeeded, or what is wrong in one sentence */
export const get = async (path) => (await ask(path)).json();

/** A page of a list. @returns `next`: the path of the page that follows; null: this is the last */
export async function getPage(path) {
  const answer = await ask(path);
  const [, query] = /\?([^>]*)>; rel="next"/.exec(answer.headers.get('Link') ?? '') ?? [];
  return {
    items: await answer.json(),
    next: query === undefined ? null : `${path.split('?')[0]}?${query}`,
  };
}

/** Changes something. @returns the answer's JSON; null: it has none */
export async function send(method, path, body = {}) {
  const answer = await ask(path, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(method === 'POST' && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return text === '' ? null : JSON.parse(text);
}

export function setToken(path, token) {
  sessionStorage.setItem(keyOf(path), token);
}

async function ask(path, { headers = {}, ...options } = {}) {
  const token = sessionStorage.getItem(keyOf(path));
  const ofOperators = path.startsWith('operators/');
  let answer;
  try {
    answer = await fetch(path, {
      ...options,
      signal: AbortSignal.timeout(ofOperators ? operatorsTimeoutMs : timeoutMs),
      headers: { ...headers, ...(token !== null && { Authorization: `Bearer ${token}` }) },
    });
  } catch {
    throw new Error('the query service does not answer');
  }
  if (answer.ok) return answer;
  const { detail, scope } = await answer.json().catch(() => ({}));
  if (answer.status === 401) {
    throw new TokenNeeded(token === null ? '' : 'The token was not accepted.', path, scope);
  }
  if (answer.status === 403 && scope !== undefined) {
    throw new TokenNeeded(`The token lacks the scope ${scope}.`, path, scope);
  }
  throw new Error(detail ?? `the query service answers ${answer.status}`);
}
