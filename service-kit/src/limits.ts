import { num } from 'envalid';

/** What a listener takes from its clients before it turns to the others. */
export interface Limits {
  /** At once. More of them are closed as soon as they are opened. */
  readonly connections: number;
  /** Under way at once. More of them are answered 503, health excepted. */
  readonly requests: number;
  /** Of the path with its query: 414 beyond. */
  readonly urlBytes: number;
  /** Of the request line and all headers: 431 beyond. */
  readonly headerBytes: number;
  /** For a whole request to arrive; its headers get a third of it. 408 after that. */
  readonly requestMs: number;
  /** A connection without a request is closed after this. */
  readonly idleMs: number;
  /** A connection on which nothing moves while it is answered is closed after this; 0: never. */
  readonly stalledMs: number;
}

export const usualLimits: Limits = {
  connections: 2_000,
  requests: 1_000,
  urlBytes: 8_192,
  headerBytes: 16_384,
  requestMs: 30_000,
  idleMs: 60_000,
  stalledMs: 60_000,
};

/** What every process that listens reads. */
export const limitSpecs = {
  HTTP_MAX_CONNECTIONS: num({ default: usualLimits.connections, desc: 'of a listener, at once' }),
  HTTP_MAX_REQUESTS: num({ default: usualLimits.requests, desc: 'of a listener, at once' }),
  HTTP_MAX_URL_BYTES: num({ default: usualLimits.urlBytes, desc: 'path and query' }),
  HTTP_MAX_HEADER_BYTES: num({ default: usualLimits.headerBytes, desc: 'all headers' }),
  HTTP_REQUEST_TIMEOUT: num({ default: 30, desc: 'seconds for a request to arrive' }),
  HTTP_IDLE_TIMEOUT: num({ default: 60, desc: 'seconds until an idle connection is closed' }),
};

/** From an environment that was read with `limitSpecs`. */
export function limitsOf(env: { readonly [name in keyof typeof limitSpecs]: number }): Limits {
  return {
    connections: env.HTTP_MAX_CONNECTIONS,
    requests: env.HTTP_MAX_REQUESTS,
    urlBytes: env.HTTP_MAX_URL_BYTES,
    headerBytes: env.HTTP_MAX_HEADER_BYTES,
    requestMs: env.HTTP_REQUEST_TIMEOUT * 1_000,
    idleMs: env.HTTP_IDLE_TIMEOUT * 1_000,
    stalledMs: env.HTTP_IDLE_TIMEOUT * 1_000,
  };
}

/**
 * For an admin listener: lists of ids make long addresses, and some answers are made for minutes before
 * their first byte. Its routes watch over clients that stop reading.
 */
export function adminLimits(limits: Limits): Limits {
  return { ...limits, urlBytes: limits.headerBytes, stalledMs: 0 };
}
