import { errors, jwtVerify, type JWTPayload } from 'jose';
import type { Middleware } from 'koa';
import type { AuthConfig, JwtConfig } from './auth-config';
import type { Logger } from './logger';
import { Problem } from './problem';
import { type KeyTimes, KeysUnavailable, signingKeys, type SigningKeys } from './signing-keys';

/** The scopes that a token may have. None of them implies another. */
export type Scope = 'commands:write' | 'analytics:read' | 'admin';

export interface Guard {
  /** Whether it requires tokens. */
  readonly enforced: boolean;
  /** The middleware that lets only callers with this scope pass; none in mode `none`. */
  require(this: void, scope: Scope): readonly Middleware[];
}

/** Asymmetric algorithms only: no shared secrets (HS256), with which a verifier could also sign, and never `none`. */
const algorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** The issuer's clock and ours may differ by this much. */
const clockToleranceSeconds = 5;

/**
 * The guard of a process's listeners. In mode `none` it lets everybody pass, and says so once, in the log.
 *
 * In mode `jwt` a request needs `Authorization: Bearer <JWT>` (RFC 6750), signed by one of the issuer's
 * keys, for this audience, with an `exp` that has not passed, and the scope in `scope` (RFC 8693) or `scp`.
 * It throws a `Problem` otherwise: 401 with `WWW-Authenticate` for no or no valid token, 403 for one
 * without the scope, 503 when the keys that would tell cannot be fetched.
 *
 * @param times for tests
 */
export function createGuard(auth: AuthConfig, logger: Logger, times?: KeyTimes): Guard {
  if (auth.mode === 'none') {
    logger.warn('AUTH_MODE=none: whoever reaches a listener may do whatever it offers');
    return { enforced: false, require: () => [] };
  }
  const keys = signingKeys(auth.jwksUrl, logger, times);
  return {
    enforced: true,
    require: (scope) => [
      async (ctx, next) => {
        const claims = await verify(bearerToken(ctx.get('Authorization')), keys, auth);
        if (!scopesOf(claims).includes(scope)) throw insufficient(scope);
        await next();
      },
    ],
  };
}

function bearerToken(header: string): string {
  const [, token] = /^Bearer +([^ ]+) *$/i.exec(header) ?? [];
  // RFC 6750, 3.1: a request without a token gets no error code.
  if (token === undefined) throw unauthorized('a bearer token is required', '');
  return token;
}

async function verify(token: string, keys: SigningKeys, auth: JwtConfig): Promise<JWTPayload> {
  try {
    const { issuer, audience } = auth;
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms,
      clockTolerance: clockToleranceSeconds,
      requiredClaims: ['exp'],
    });
    return payload;
  } catch (error) {
    if (error instanceof KeysUnavailable) throw unavailable();
    if (error instanceof errors.JOSEError) throw invalid(whatIsWrong(error));
    throw error;
  }
}

/** Both forms that issuers use: names joined by spaces, or a list of them. */
function scopesOf({ scope, scp }: JWTPayload): string[] {
  return [scope, scp].flatMap((names) => {
    if (typeof names === 'string') return names.split(' ');
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  });
}

function whatIsWrong(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'the token has expired';
  // The claim's name is one of those that are checked, so nothing of the token's own text is shown.
  if (error instanceof errors.JWTClaimValidationFailed) {
    return `the claim ${error.claim} of the token is not accepted`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed)
    return 'the algorithm of the token is not accepted';
  if (error instanceof errors.JWKSNoMatchingKey) return 'no key of the issuer has signed the token';
  return 'the token is not valid';
}

function invalid(detail: string): Problem {
  return unauthorized(detail, `, error="invalid_token", error_description="${detail}"`);
}

function unauthorized(detail: string, parameters: string): Problem {
  return new Problem(401, detail, {}, challenge(parameters));
}

function insufficient(scope: Scope): Problem {
  const parameters = `, error="insufficient_scope", scope="${scope}"`;
  return new Problem(403, `the token has no scope ${scope}`, { scope }, challenge(parameters));
}

function challenge(parameters: string): Record<string, string> {
  return { 'WWW-Authenticate': `Bearer realm="outbox-analytics"${parameters}` };
}

function unavailable(): Problem {
  const detail = "the token cannot be checked: the issuer's keys are not available";
  return new Problem(503, detail, { code: 'keys-not-available' }, { 'Retry-After': '2' });
}
