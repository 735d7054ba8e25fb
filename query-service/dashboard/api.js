// The service's API, asked with a token where it wants one.

const tokenKey = 'outbox-analytics-token';
const timeoutMs = 2_000;

/** The service wants a token, or another one. */
export class TokenNeeded extends Error {}

/** @returns the answer's JSON @throws TokenNeeded, or what is wrong in one sentence */
export async function get(path) {
  const token = sessionStorage.getItem(tokenKey);
  let answer;
  try {
    answer = await fetch(path, {
      signal: AbortSignal.timeout(timeoutMs),
      headers: token === null ? {} : { Authorization: `Bearer ${token}` },
    });
  } catch {
    throw new Error('the query service does not answer');
  }
  if (answer.status === 401 || answer.status === 403) {
    throw new TokenNeeded(
      answer.status === 403
        ? 'The token lacks the scope analytics:read.'
        : token === null
          ? ''
          : 'The token was not accepted.',
    );
  }
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw new Error(problem.detail ?? `the query service answers ${answer.status}`);
  }
  return answer.json();
}

/** Kept for this tab only. */
export function setToken(token) {
  sessionStorage.setItem(tokenKey, token);
}
