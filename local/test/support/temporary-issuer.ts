import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { JwtConfig } from 'service-kit/auth-config';

/** What a test says about a token instead of what a good one has. */
interface TokenParts {
  readonly issuer?: string;
  readonly audience?: string;
  /** In seconds from now; null: none. */
  readonly expires?: number | null;
  readonly claims?: Record<string, unknown>;
}

/** An issuer of tokens for tests: keys of its own, and a server that shows the public ones. */
export interface TemporaryIssuer {
  /** What makes a process take this issuer's tokens. */
  readonly auth: JwtConfig;
  /** Requests for the keys so far. */
  readonly asked: number;
  /** A good token with this scope, or what a test makes of it. */
  token(scope: string, parts?: TokenParts): Promise<string>;
  /** Signs with a new key from now on, and shows only that one. */
  rotate(): Promise<void>;
  /** The public keys, as whoever asks gets them. */
  publicKeys(): readonly JWK[];
  /** From now on the server answers so: with this status, or never. */
  answer(how: number | 'never'): void;
  stop(): Promise<void>;
}

/** Starts it. @param algorithm of its tokens' signatures */
export async function startTemporaryIssuer(algorithm = 'ES256'): Promise<TemporaryIssuer> {
  const issuer = 'https://issuer.example/';
  const audience = 'outbox-analytics';
  let key = await newKey(algorithm, 1);
  let status: number | 'never' = 200;
  let asked = 0;
  let keys = 1;
  const server = createServer((_, response) => {
    asked++;
    if (status === 'never') return;
    response.writeHead(status, { 'Content-Type': 'application/jwk-set+json' });
    response.end(JSON.stringify({ keys: [key.jwk] }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    auth: {
      mode: 'jwt',
      jwksUrl: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`),
      issuer,
      audience,
    },
    get asked() {
      return asked;
    },
    token: (scope, parts = {}) => {
      const { expires = 60 } = parts;
      const now = Math.floor(Date.now() / 1_000);
      const jwt = new SignJWT({ scope, ...parts.claims })
        .setProtectedHeader({ alg: algorithm, kid: key.jwk.kid ?? '' })
        .setIssuer(parts.issuer ?? issuer)
        .setAudience(parts.audience ?? audience)
        .setSubject('a-client')
        .setIssuedAt(now);
      if (expires !== null) jwt.setExpirationTime(now + expires);
      return jwt.sign(key.privateKey);
    },
    rotate: async () => {
      key = await newKey(algorithm, ++keys);
    },
    publicKeys: () => [key.jwk],
    answer: (how) => {
      status = how;
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function newKey(
  algorithm: string,
  number: number,
): Promise<{ privateKey: CryptoKey; jwk: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: `key-${number}`, alg: algorithm, use: 'sig' };
  return { privateKey, jwk };
}
