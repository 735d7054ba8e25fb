import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freePorts } from 'local/ports';
import { startTemporaryIssuer } from '../../local/test/support/temporary-issuer';
import { Relay } from './support/relay';

let relay: Relay;
beforeAll(async () => {
  relay = await Relay.start();
  await relay.startKeeper();
  await relay.untilReady();
});
afterAll(() => relay.stop());

const json = { 'content-type': 'application/json' };
const plugin = 'io.debezium.connector.postgresql.PostgresConnector';

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Not by fetch, which lets nobody choose these headers. */
function ask(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body = '',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onAnswer = (answer: IncomingMessage): void => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }));
    };
    const asked = request({ host: '127.0.0.1', port, method, path, headers }, onAnswer);
    asked.on('error', reject).end(body);
  });
}

/** Beside a second keeper that lets operators ask Connect. */
async function withProxy<T>(
  work: (port: number) => Promise<T>,
  variables: NodeJS.ProcessEnv = {},
): Promise<T> {
  const [port] = (await freePorts(1)) as [number];
  return relay.withAnotherKeeper({ ...variables, CONNECT_PROXY_PORT: String(port) }, () =>
    work(port),
  );
}

test('an operator reads what Connect says of the relay, and pauses, resumes and restarts it', async () => {
  await withProxy(async (port) => {
    for (const path of [
      '/connectors',
      '/connectors?expand=status',
      '/connectors/outbox-relay',
      '/connectors/outbox-relay/status',
      '/connectors/outbox-relay/config',
      '/connectors/outbox-relay/offsets',
    ]) {
      expect(await ask(port, 'GET', path)).toEqual({
        status: 200,
        body: expect.stringMatching(path.endsWith('offsets') ? 'outbox' : 'outbox-relay') as string,
      });
    }
    for (const [method, path, status] of [
      ['PUT', '/connectors/outbox-relay/pause', 202],
      ['PUT', '/connectors/outbox-relay/resume', 202],
      ['POST', '/connectors/outbox-relay/restart?includeTasks=true', 202],
    ] as const) {
      expect((await ask(port, method, path, json)).status).toBe(status);
    }
  });
  await relay.untilReady();
});

test("a request that names another host is Connect's all the same: nobody else gets its password", async () => {
  const headers: IncomingHttpHeaders[] = [];
  const stranger = createServer((asked, answer) => {
    headers.push(asked.headers);
    answer.end('[]');
  }).listen(0, '127.0.0.1');
  await once(stranger, 'listening');
  const there = `localhost:${(stranger.address() as AddressInfo).port}`;
  try {
    await withProxy(async (port) => {
      const asked = await ask(port, 'GET', `http://${there}/connectors`);
      expect(asked).toEqual({ status: 200, body: expect.stringMatching('outbox-relay') as string });
      for (const path of [`//${there}`, `//${there}/connectors`, `/connectors@${there}`]) {
        expect(await ask(port, 'GET', path)).toMatchObject({ status: 404 });
      }
    });
    expect(headers).toEqual([]);
  } finally {
    stranger.close();
  }
});

test('it says so when Connect does not answer', async () => {
  const variables = { CONNECT_URL: 'http://127.0.0.1:1' };
  const answer = await withProxy((port) => ask(port, 'GET', '/connectors'), variables);
  expect(answer).toMatchObject({
    status: 502,
    body: expect.stringContaining('Kafka Connect does not answer') as string,
  });
});

describe('refuses', () => {
  test.each([
    ['PUT', `/connector-plugins/${plugin}/config/validate`],
    ['PUT', `/connector-plugins/PostgresConnector/config/validate`],
    ['PUT', '/connectors/outbox-relay/config'],
    ['PATCH', '/connectors/outbox-relay/config'],
    ['PUT', '/connectors/evil/config'],
    ['POST', '/connectors'],
    ['DELETE', '/connectors/evil'],
    ['PATCH', '/connectors/outbox-relay/offsets'],
    ['GET', '/connector-plugins'],
    ['PUT', `//connector-plugins/${plugin}/config/validate`],
    ['PUT', '/connectors/outbox-relay;x=y/config'],
    ['PUT', '/connectors/outbox-relay/pause/%2e%2e/config'],
    ['PUT', '/connectors/outbox-relay/pause\\..\\config'],
    ['PUT', '/CONNECTORS/outbox-relay/config'],
    ['PUT', `http://localhost/connector-plugins/${plugin}/config/validate`],
    ['PUT', '/admin/loggers/root'],
    ['GET', '/connectors/outbox-relay/../../admin/loggers'],
    ['PUT', '/connectors/outbox-relay%2F..%2Fevil/config'],
  ])('what takes a configuration, or is of nobody here: %s %s', async (method, path) => {
    const config = JSON.stringify({ name: 'evil', 'connector.class': plugin });
    const { status, body } = await withProxy((port) => ask(port, method, path, json, config));
    expect([404, 405]).toContain(status);
    // That is the keeper's word: Connect, which knows no such connector either, was not asked.
    expect(body).not.toContain('error_code');
  });

  test.each([
    ['a name that is not its own (DNS rebinding)', { ...json, host: 'evil.example' }, 421],
    ['a page of another site', { ...json, 'sec-fetch-site': 'cross-site' }, 403],
    ['a page of another site, by its origin', { ...json, origin: 'http://evil.example' }, 403],
    ['what a form can send', { 'content-type': 'text/plain' }, 415],
    ['what says nothing of its type', {}, 415],
  ])('a restart by %s', async (_, headers, status) => {
    const path = '/connectors/outbox-relay/restart?includeTasks=true';
    const answer = await withProxy((port) => ask(port, 'POST', path, headers));
    expect(answer.status).toBe(status);
  });

  test('whoever shows no token of an admin, with AUTH_MODE=jwt', async () => {
    const issuer = await startTemporaryIssuer();
    const { jwksUrl, issuer: iss, audience } = issuer.auth;
    const variables = {
      AUTH_MODE: 'jwt',
      AUTH_JWKS_URL: jwksUrl.href,
      AUTH_ISSUER: iss,
      AUTH_AUDIENCE: audience,
    };
    try {
      await withProxy(async (port) => {
        const status = async (token?: string) => {
          const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
          return (await ask(port, 'GET', '/connectors', headers)).status;
        };
        expect(await status()).toBe(401);
        expect(await status(await issuer.token('analytics:read'))).toBe(403);
        expect(await status(await issuer.token('admin'))).toBe(200);
      }, variables);
    } finally {
      await issuer.stop();
    }
  });

  test.each([undefined, 'Basic cmVsYXkta2VlcGVyOng='])(
    'the worker itself: %s',
    async (authorization) => {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      for (const [method, path] of [
        ['GET', '/connectors'],
        ['PUT', `/connector-plugins/${plugin}/config/validate`],
        ['POST', '/connectors/outbox-relay/restart'],
      ] as const) {
        const answer = await fetch(relay.connect.url + path, {
          method,
          headers: { ...json, ...headers },
          ...(method !== 'GET' && { body: '{}' }),
        });
        expect(answer.status).toBe(401);
      }
    },
  );
});
