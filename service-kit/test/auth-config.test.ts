import { authOf, authSpecs } from '../src/auth-config';
import { ConfigurationError, readEnvironment } from '../src/environment';

const read = (environment: NodeJS.ProcessEnv) => authOf(readEnvironment(authSpecs, environment));

function faultsOf(environment: NodeJS.ProcessEnv): string[] {
  try {
    read(environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
}

const jwt = {
  AUTH_MODE: 'jwt',
  AUTH_JWKS_URL: 'https://issuer.example/keys',
  AUTH_ISSUER: 'https://issuer.example/',
  AUTH_AUDIENCE: 'us',
};

test('nobody is open by oversight: AUTH_MODE has no default', () => {
  expect(faultsOf({})).toEqual([expect.stringMatching(/^AUTH_MODE is missing/)]);
  expect(faultsOf({ AUTH_MODE: 'off' })).toEqual([
    expect.stringMatching(/^AUTH_MODE is invalid: .*"off"/),
  ]);
});

test('none needs nothing else; empty counts as not given, as compose hands it on', () => {
  expect(read({ AUTH_MODE: 'none' })).toEqual({ mode: 'none' });
  expect(read({ AUTH_MODE: 'none', AUTH_JWKS_URL: '', AUTH_ISSUER: '' })).toEqual({ mode: 'none' });
});

test('jwt needs all three, and names what is missing at once', () => {
  expect(read(jwt)).toEqual({
    mode: 'jwt',
    jwksUrl: new URL(jwt.AUTH_JWKS_URL),
    issuer: jwt.AUTH_ISSUER,
    audience: jwt.AUTH_AUDIENCE,
  });
  expect(faultsOf({ AUTH_MODE: 'jwt', AUTH_ISSUER: '' })).toEqual([
    expect.stringMatching(/^AUTH_JWKS_URL is missing/),
    expect.stringMatching(/^AUTH_ISSUER is missing/),
    expect.stringMatching(/^AUTH_AUDIENCE is missing/),
  ]);
  expect(faultsOf({ ...jwt, AUTH_JWKS_URL: 'file:///keys' })).toEqual([
    expect.stringMatching(/^AUTH_JWKS_URL is invalid: .*"file:/),
  ]);
});
