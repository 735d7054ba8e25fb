import { createHmac } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import Router from '@koa/router';
import { exportSPKI, importJWK, type CryptoKey } from 'jose';
import { pino } from 'pino';
import {
  startTemporaryIssuer,
  type TemporaryIssuer,
} from '../../local/test/support/temporary-issuer';
import { createApplication } from '../src/application';
import { createGuard, type Scope } from '../src/auth';
import type { AuthConfig } from '../src/auth-config';
import { healthRoutes } from '../src/health';
import { closeServer, listen } from '../src/http-server';

type Server = Awaited<ReturnType<typeof listen>>;

const times = { timeout: 3_000, cooldown: 0, pause: 100, maxAge: 60_000 };
const stops: (() => Promise<void>)[] = [];
const log: string[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  log.length = 0;
});

/** A listener with an open health and one guarded thing. */
async function serve(auth: AuthConfig, scope: Scope = 'analytics:read', keyTimes = times) {
  const things = new Router();
  things.get('/things', (ctx) => {
    ctx.body = { things: [] };
  });
  const logger = pino({}, { write: (line: string) => log.push(line) });
  const app = createApplication(
    {
      open: [healthRoutes(() => Promise.resolve([]))],
      guarded: { guard: createGuard(auth, logger, keyTimes), scope, slices: [things] },
    },
    logger,
  );
  const server: Server = await listen(app, 0, '127.0.0.1');
  stops.push(() => closeServer(server, 100));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    ask: async (token?: string) => {
      const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
      return answerOf(await fetch(`${url}/things`, { headers }));
    },
  };
}

async function answerOf(response: Response) {
  return {
    status: response.status,
    challenge: response.headers.get('WWW-Authenticate'),
    retryAfter: response.headers.get('Retry-After'),
    type: response.headers.get('Content-Type'),
    body: (await response.json()) as { detail?: string; status?: number },
  };
}

async function withIssuer(
  algorithm?: string,
): Promise<{ issuer: TemporaryIssuer; auth: AuthConfig }> {
  const issuer = await startTemporaryIssuer(algorithm);
  stops.push(() => issuer.stop());
  return { issuer, auth: issuer.auth };
}

const bearer = 'Bearer realm="outbox-analytics"';
const invalid = (description: string) =>
  `${bearer}, error="invalid_token", error_description="${description}"`;

describe('a token', () => {
  test.each(['ES256', 'RS256', 'PS256', 'EdDSA'])(
    'with the scope, signed by %s, is let pass, and its keys are asked for once',
    async (algorithm) => {
      const { issuer, auth } = await withIssuer(algorithm);
      const { ask } = await serve(auth);
      const answers = await Promise.all(
        [1, 2, 3].map(async () => ask(await issuer.token('other analytics:read'))),
      );
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(issuer.asked).toBe(1);
    },
  );

  test.each([
    ['scp, joined by spaces', { scope: undefined, scp: 'x analytics:read' }],
    ['scp, a list', { scope: undefined, scp: ['x', 'analytics:read'] }],
  ])('may carry its scopes in %s', async (_, claims) => {
    const { issuer, auth } = await withIssuer();
    const { ask } = await serve(auth);
    expect((await ask(await issuer.token('', { claims }))).status).toBe(200);
  });

  test('that expired within the tolerance of clocks is let pass', async () => {
    const { issuer, auth } = await withIssuer();
    const { ask } = await serve(auth);
    expect((await ask(await issuer.token('analytics:read', { expires: -3 }))).status).toBe(200);
  });

  test.each([
    ['expired', { expires: -10 }, 'the token has expired'],
    ['without an end', { expires: null }, 'the claim exp of the token is not accepted'],
    ['not valid yet', { claims: { nbf: 4e9 } }, 'the claim nbf of the token is not accepted'],
    ['of another issuer', { issuer: 'https://x' }, 'the claim iss of the token is not accepted'],
    ['for somebody else', { audience: 'others' }, 'the claim aud of the token is not accepted'],
  ])('%s is 401, and says so', async (_, parts, detail) => {
    const { issuer, auth } = await withIssuer();
    const { ask } = await serve(auth);
    const answer = await ask(await issuer.token('analytics:read', parts));
    expect(answer).toMatchObject({ status: 401, type: 'application/problem+json' });
    expect(answer.challenge).toBe(invalid(detail));
    expect(answer.body).toMatchObject({ status: 401, detail });
  });

  test.each(['admin', 'commands:write', 'analytics:reader', 'ANALYTICS:READ', ''])(
    'with the scope "%s" only is 403: none implies another',
    async (scope) => {
      const { issuer, auth } = await withIssuer();
      const { ask } = await serve(auth);
      const answer = await ask(await issuer.token(scope));
      expect(answer.status).toBe(403);
      expect(answer.challenge).toBe(
        `${bearer}, error="insufficient_scope", scope="analytics:read"`,
      );
      expect(answer.type).toBe('application/problem+json');
    },
  );

  test('that was changed is 401', async () => {
    const { issuer, auth } = await withIssuer();
    const { ask } = await serve(auth);
    const [header, , signature] = (await issuer.token('nothing')).split('.');
    const [, payload] = (await issuer.token('analytics:read')).split('.');
    const answer = await ask([header, payload, signature].join('.'));
    expect([answer.status, answer.challenge]).toEqual([401, invalid('the token is not valid')]);
  });

  test('signed by HS256 with the public key as the secret is 401', async () => {
    const { issuer, auth } = await withIssuer('RS256');
    const { ask } = await serve(auth);
    const [jwk = {}] = issuer.publicKeys();
    const pem = await exportSPKI((await importJWK(jwk, 'RS256')) as CryptoKey);
    const header = encode({ alg: 'HS256', kid: jwk.kid });
    for (const secret of [pem, JSON.stringify(jwk)]) {
      const signed = `${header}.${await goodPayload(issuer)}`;
      const signature = createHmac('sha256', secret).update(signed).digest('base64url');
      const answer = await ask(`${signed}.${signature}`);
      expect([answer.status, answer.challenge]).toEqual([
        401,
        invalid('the algorithm of the token is not accepted'),
      ]);
    }
  });

  test.each(['none', 'None', 'NONE'])('without a signature (alg %s) is 401', async (alg) => {
    const { issuer, auth } = await withIssuer();
    const { ask } = await serve(auth);
    expect((await ask(`${encode({ alg })}.${await goodPayload(issuer)}.`)).status).toBe(401);
  });

  test.each(['x', 'a.b.c', 'e30.e30.e30', `${'x'.repeat(8_000)}`])(
    'that is none (%#) is 401',
    async (token) => {
      const { auth } = await withIssuer();
      const { ask } = await serve(auth);
      expect((await ask(token)).status).toBe(401);
    },
  );
});

describe('without a token', () => {
  test.each([{}, { Authorization: 'Basic YTpi' }, { Authorization: 'Bearer' }])(
    'a guarded route is 401 without an error code: %j',
    async (headers) => {
      const { auth } = await withIssuer();
      const { url } = await serve(auth);
      const answer = await answerOf(await fetch(`${url}/things`, { headers }));
      expect([answer.status, answer.challenge]).toEqual([401, bearer]);
    },
  );

  test('a token in the address does not count', async () => {
    const { issuer, auth } = await withIssuer();
    const { url } = await serve(auth);
    const token = await issuer.token('analytics:read');
    expect((await fetch(`${url}/things?access_token=${token}`)).status).toBe(401);
  });

  test('health is open, and what does not exist says so', async () => {
    const { issuer, auth } = await withIssuer();
    const { url } = await serve(auth);
    const statusOf = async (path: string, method = 'GET') =>
      (await fetch(url + path, { method })).status;
    expect(await statusOf('/health/live')).toBe(200);
    expect(await statusOf('/health/ready')).toBe(200);
    expect(await statusOf('/nothing')).toBe(404);
    expect(await statusOf('/things', 'DELETE')).toBe(405);
    expect(issuer.asked).toBe(0);
  });
});

describe("the issuer's keys", () => {
  test('are fetched anew for a key that is not known yet; the one before is given up', async () => {
    const { issuer, auth } = await withIssuer();
    const { ask } = await serve(auth);
    const before = await issuer.token('analytics:read');
    expect((await ask(before)).status).toBe(200);
    await issuer.rotate();
    expect((await ask(await issuer.token('analytics:read'))).status).toBe(200);
    const answer = await ask(before);
    expect([answer.status, answer.challenge]).toEqual([
      401,
      invalid('no key of the issuer has signed the token'),
    ]);
  });

  test('are not asked for at every unknown key', async () => {
    const { issuer, auth } = await withIssuer();
    const { ask } = await serve(auth, 'analytics:read', { ...times, cooldown: 60_000 });
    expect((await ask(await issuer.token('analytics:read'))).status).toBe(200);
    await issuer.rotate();
    for (let i = 0; i < 20; i++) {
      expect((await ask(await issuer.token('analytics:read'))).status).toBe(401);
    }
    expect(issuer.asked).toBe(1);
  });

  test.each<[string, number | 'never']>([
    ['fails', 500],
    ['says nothing', 'never'],
    ['sends us elsewhere', 302],
  ])('while the issuer %s: 503 with Retry-After, and no storm of requests', async (_, how) => {
    const { issuer, auth } = await withIssuer();
    const { ask } = await serve(auth, 'analytics:read', { ...times, pause: 60_000 });
    issuer.answer(how);
    const token = await issuer.token('analytics:read');
    const answers = await Promise.all([1, 2, 3].map(() => ask(token)));
    answers.push(await ask(token));
    for (const { status, retryAfter, challenge } of answers) {
      expect([status, retryAfter, challenge]).toEqual([503, '2', null]);
    }
    expect(issuer.asked).toBe(1);
    expect(log.filter((line) => line.includes('cannot be fetched'))).not.toHaveLength(0);
  });

  test('that are known are enough while the issuer is away', async () => {
    const { issuer, auth } = await withIssuer();
    const { ask } = await serve(auth);
    const known = await issuer.token('analytics:read');
    expect((await ask(known)).status).toBe(200);
    issuer.answer(500);
    await issuer.rotate();
    expect((await ask(await issuer.token('analytics:read'))).status).toBe(503);
    expect((await ask(known)).status).toBe(200);
  });

  test('are asked for again when the issuer is back', async () => {
    const { issuer, auth } = await withIssuer();
    const { ask } = await serve(auth, 'analytics:read', { ...times, pause: 0 });
    issuer.answer(503);
    const token = await issuer.token('analytics:read');
    expect((await ask(token)).status).toBe(503);
    issuer.answer(200);
    expect((await ask(token)).status).toBe(200);
  });
});

test('mode none lets everybody pass, and warns once per process', async () => {
  const { ask } = await serve({ mode: 'none' });
  expect((await ask()).status).toBe(200);
  expect((await ask('whatever')).status).toBe(200);
  expect(log.filter((line) => line.includes('AUTH_MODE=none'))).toHaveLength(1);
});

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

async function goodPayload(issuer: TemporaryIssuer): Promise<string> {
  return (await issuer.token('analytics:read')).split('.')[1] ?? '';
}
