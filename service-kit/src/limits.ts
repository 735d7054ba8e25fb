import { makeValidator } from 'envalid';
import { type EnvironmentOf, daySeconds, wholeNumber } from './environment';

/** The limits of a listener: whom it accepts, how much, and for how long. */
export interface Limits {
  /** The host names that clients may use, in lower case, without a port. */
  readonly hosts: readonly string[];
  /** The origins whose pages may read from it, and change what its other clients may change. */
  readonly origins: readonly string[];
  /**
   * Whether it is an admin listener: pages of other sites may not even read from it, and requests that change something
   * must be `application/json`, which such a page cannot send by itself.
   */
  readonly isForOperators: boolean;
  /** Connections at once. One more closes the connection that has kept the listener waiting for longest. */
  readonly connections: number;
  /** Requests under way at once. More are answered 503, except those about health. */
  readonly requests: number;
  /** Requests that wait for something at once; they do not count among `requests`. More are answered 503. */
  readonly waiting: number;
  /** The share of these three that one address may have; 1 is all. */
  readonly share: number;
  /** The longest path with its query: 414 beyond. */
  readonly urlBytes: number;
  /** The longest request line and headers together: 431 beyond. */
  readonly headerBytes: number;
  /** How long a whole request may take to arrive; its headers get a third of that. 408 beyond. */
  readonly requestMs: number;
  /** A connection without a request is closed after this. */
  readonly idleMs: number;
  /** A connection on which nothing moves while it is answered is closed after this; 0: never. */
  readonly stalledMs: number;
}

/** The names of the machine itself: health checks use them, wherever the process runs. */
const ownHosts = ['localhost', '127.0.0.1', '[::1]'];

export const usualLimits: Limits = {
  hosts: ownHosts,
  origins: [],
  isForOperators: false,
  connections: 2_000,
  requests: 1_000,
  waiting: 500,
  share: 0.5,
  urlBytes: 8_192,
  headerBytes: 16_384,
  requestMs: 30_000,
  idleMs: 60_000,
  stalledMs: 60_000,
};

/** Names joined by commas, as they stand in `Host`, without ports. */
const hostNames = makeValidator((text) =>
  text.split(',').map((entry) => {
    const host = hostOf(entry.trim());
    if (host === null || /:\d*$/.test(entry.trim().replace(/^\[.*\]/, ''))) {
      throw new RangeError(`not a name or an address, without a port: "${entry}"`);
    }
    return host;
  }),
);

/** Origins joined by commas, as browsers write them: no path, no port that the scheme has anyway. */
const origins = makeValidator((text) =>
  text.split(',').map((entry) => {
    const origin = entry.trim();
    if (URL.canParse(origin) && /^https?:/.test(origin) && new URL(origin).origin === origin) {
      return origin;
    }
    throw new RangeError(`not an origin such as https://shop.example: "${origin}"`);
  }),
);

const share = makeValidator((text) => {
  const value = Number(text);
  if (value > 0 && value <= 1) return value;
  throw new RangeError(`not a part, above 0 and up to 1: "${text}"`);
});

const count = wholeNumber(1, 1_000_000);
const bytes = wholeNumber(256, 1 << 20);
const seconds = wholeNumber(1, daySeconds);

/** The variables of every process that listens. */
export const limitSpecs = {
  HTTP_ALLOWED_HOSTS: hostNames({
    default: [],
    desc: 'names that clients may ask by besides localhost, 127.0.0.1 and [::1], joined by commas',
  }),
  CORS_ORIGINS: origins({
    default: [],
    desc: 'origins whose pages may use the public listeners, joined by commas',
  }),
  HTTP_MAX_CONNECTIONS: count({
    default: usualLimits.connections,
    desc: 'connections of a listener',
  }),
  HTTP_MAX_REQUESTS: count({
    default: usualLimits.requests,
    desc: 'requests under way of a listener',
  }),
  HTTP_MAX_WAITING: count({ default: usualLimits.waiting, desc: 'waiting requests of a listener' }),
  HTTP_MAX_SHARE: share({
    default: usualLimits.share,
    desc: 'share of these that one address may have; 1: all, as behind a proxy',
  }),
  HTTP_MAX_URL_BYTES: bytes({ default: usualLimits.urlBytes, desc: 'longest path with its query' }),
  HTTP_MAX_HEADER_BYTES: bytes({
    default: usualLimits.headerBytes,
    desc: 'all headers of a request together',
  }),
  HTTP_REQUEST_TIMEOUT: seconds({ default: 30, desc: 'seconds for a request to arrive' }),
  HTTP_IDLE_TIMEOUT: seconds({ default: 60, desc: 'seconds until an idle connection is closed' }),
};

/** Makes the limits from an environment that was read with `limitSpecs`. */
export function limitsOf(env: EnvironmentOf<typeof limitSpecs>): Limits {
  return {
    hosts: [...ownHosts, ...env.HTTP_ALLOWED_HOSTS],
    origins: env.CORS_ORIGINS,
    isForOperators: false,
    connections: env.HTTP_MAX_CONNECTIONS,
    requests: env.HTTP_MAX_REQUESTS,
    waiting: env.HTTP_MAX_WAITING,
    share: env.HTTP_MAX_SHARE,
    urlBytes: env.HTTP_MAX_URL_BYTES,
    headerBytes: env.HTTP_MAX_HEADER_BYTES,
    requestMs: env.HTTP_REQUEST_TIMEOUT * 1_000,
    idleMs: env.HTTP_IDLE_TIMEOUT * 1_000,
    stalledMs: env.HTTP_IDLE_TIMEOUT * 1_000,
  };
}

/**
 * The limits of an admin listener. Lists of ids make long URLs, and some answers take minutes until their first byte.
 * Its routes themselves close clients that stop reading.
 */
export function adminLimits(limits: Limits): Limits {
  return {
    ...limits,
    origins: [],
    isForOperators: true,
    urlBytes: limits.headerBytes,
    stalledMs: 0,
  };
}

/** The host of a `Host` header or an authority, in lower case and without its port; null when it is none. */
export function hostOf(authority: string): string | null {
  return /^(\[[\da-f:.]+\]|[\w.-]+)(?::\d*)?$/i.exec(authority)?.[1]?.toLowerCase() ?? null;
}
