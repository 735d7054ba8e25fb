import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import type { Logger } from './logger';

/** Finds the key that a token names. */
export type SigningKeys = JWTVerifyGetKey;

/** Times in milliseconds. */
export interface KeyTimes {
  /** How long the issuer has to answer. */
  readonly timeout: number;
  /** Tokens with an unknown key cause at most one request to the issuer in this time. */
  readonly cooldown: number;
  /** How long the issuer is not asked again after a failure. */
  readonly pause: number;
  /** How long keys are used before they are fetched again, so that revoked keys are dropped. */
  readonly maxAge: number;
}

const usual: KeyTimes = { timeout: 3_000, cooldown: 30_000, pause: 1_000, maxAge: 600_000 };

/** The keys cannot be fetched, so nothing is known about the token. */
export class KeysUnavailable extends Error {
  override name = 'KeysUnavailable';
}

/** The issuer's keys, fetched when the first token comes, and again when they may have changed. */
export function signingKeys(url: URL, logger: Logger, times: KeyTimes = usual): SigningKeys {
  let pausedUntil = 0;
  const remote = createRemoteJWKSet(url, {
    timeoutDuration: times.timeout,
    cooldownDuration: times.cooldown,
    cacheMaxAge: times.maxAge,
    [customFetch]: (address, options) => {
      if (performance.now() < pausedUntil) throw new KeysUnavailable('the issuer is away');
      return fetch(address, options);
    },
  });
  return async (header, token) => {
    try {
      return await remote(header, token);
    } catch (error) {
      if (isAboutTheToken(error)) throw error;
      if (!(error instanceof KeysUnavailable)) {
        pausedUntil = performance.now() + times.pause;
        logger.warn({ err: error, url: url.href }, "the token issuer's keys cannot be fetched");
      }
      throw new KeysUnavailable('the keys cannot be fetched', { cause: error });
    }
  };
}

function isAboutTheToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys
  );
}
