import { str } from 'envalid';
import { type EnvironmentOf, httpUrl } from './environment';

/** How a process authenticates its callers. */
export type AuthConfig = { readonly mode: 'none' } | JwtConfig;

/** The issuer whose tokens are accepted (RFC 7519), and the URL of the keys that verify them (RFC 7517). */
export interface JwtConfig {
  readonly mode: 'jwt';
  readonly jwksUrl: URL;
  readonly issuer: string;
  readonly audience: string;
}

const ofJwt = {
  default: undefined,
  requiredWhen: (env: Record<string, unknown>) => env.AUTH_MODE === 'jwt',
};

/**
 * The variables of every process with guarded routes. AUTH_MODE has no default, so that no process is open by
 * oversight.
 */
export const authSpecs = {
  AUTH_MODE: str({
    choices: ['none', 'jwt'],
    desc: 'who may call: none (whoever reaches the port) or jwt (whose token says so)',
  }),
  AUTH_JWKS_URL: httpUrl({ ...ofJwt, desc: "URL of the token issuer's keys" }),
  AUTH_ISSUER: str({ ...ofJwt, desc: 'iss of the tokens' }),
  AUTH_AUDIENCE: str({ ...ofJwt, desc: 'aud of the tokens' }),
};

/** Makes the configuration from an environment that was read with `authSpecs`. */
export function authOf(env: EnvironmentOf<typeof authSpecs>): AuthConfig {
  const { AUTH_JWKS_URL: jwksUrl, AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = env;
  if (env.AUTH_MODE !== 'jwt') return { mode: 'none' };
  if (jwksUrl === undefined || issuer === undefined || audience === undefined) {
    throw new Error('authSpecs require all of these in mode jwt');
  }
  return { mode: 'jwt', jwksUrl, issuer, audience };
}
