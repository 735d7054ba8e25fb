import type { IncomingMessage } from 'node:http';
import { hostOf, type Limits } from './limits';
import { Problem } from './problem';

const safeMethods = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Refuses what pages of other sites make a browser send. By DNS rebinding such a page asks under its own name, so a
 * listener answers to its own names only (RFC 9110, 7.4). Across sites a page can send requests whose answers it cannot
 * read: these may change nothing, and an admin listener refuses all of them. Pages of `origins` count as pages of this
 * site.
 *
 * @returns the refusal, or undefined
 */
export function gate({
  hosts,
  origins,
  isForOperators,
}: Limits): (request: IncomingMessage) => Problem | undefined {
  const known = new Set(hosts);
  const welcome = new Set(origins);
  const isForeign = (request: IncomingMessage): boolean =>
    isFromAnotherSite(request) && !welcome.has(request.headers.origin ?? '');
  return (request) => {
    for (const authority of authoritiesOf(request)) {
      const host = hostOf(authority);
      if (host === null) return new Problem(400, `"${authority}" is no host`, {}, closing);
      if (!known.has(host)) return misdirected(host);
    }
    const isSafe = safeMethods.includes(request.method ?? '');
    if ((!isSafe || isForOperators) && isForeign(request)) return crossSite;
    // A page can send POST across sites without asking; other methods need the listener's permission (CORS).
    const mustBeJson = isForOperators && request.method === 'POST';
    return mustBeJson && !isJson(request) ? notJson : undefined;
  };
}

/** Whether a request says that it is JSON: a page needs the other site's permission (CORS) before it may say so. */
export function isJson({ headers }: IncomingMessage): boolean {
  return /^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '');
}

/** The refusal of a request that has to be JSON and does not say that it is. */
export const notJson = new Problem(
  415,
  'here a POST needs Content-Type: application/json, one without a body too: pages of other sites cannot send it',
);

/**
 * The rule of https://words.filippo.io/csrf/: browsers say by `Sec-Fetch-Site` whose page asks; to addresses of other
 * machines without TLS only by `Origin`, and then it has to be the one that is asked. Other programs send neither.
 */
function isFromAnotherSite({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin, host = '' } = headers;
  if (origin === undefined) return false;
  // The scheme is not compared: a proxy may have ended TLS.
  return origin.replace(/^https?:\/\//i, '').toLowerCase() !== host.toLowerCase();
}

/** The authorities that a request names: in `Host` and, if it is absolute, in its URL. */
function authoritiesOf({ headers: { host }, url = '' }: IncomingMessage): string[] {
  const [, ofUrl] = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i.exec(url) ?? [];
  return [host, ofUrl].filter((authority) => authority !== undefined);
}

const closing = { Connection: 'close' };

const crossSite = new Problem(
  403,
  'a page of another site may not ask for this: it may read from the public listeners, and change nothing',
  { code: 'cross-site' },
);

const misdirected = (host: string): Problem =>
  new Problem(
    421,
    `nothing here is called ${host}: HTTP_ALLOWED_HOSTS says by which names this listener may be asked`,
  );
