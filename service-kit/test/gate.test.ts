import { type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import Router from '@koa/router';
import { createApplication } from '../src/application';
import { readEnvironment } from '../src/environment';
import { healthRoutes } from '../src/health';
import { closeServer, listen } from '../src/http-server';
import { adminLimits, type Limits, limitsOf, limitSpecs } from '../src/limits';
import { createLogger } from '../src/logger';

type Server = Awaited<ReturnType<typeof listen>>;

const limits = limitsOf(
  readEnvironment(limitSpecs, {
    HTTP_ALLOWED_HOSTS: 'Shop.example, [2001:DB8::1]',
    CORS_ORIGINS: 'http://127.0.0.1:5173, https://shop.example',
  }),
);
const listeners: Record<'public' | 'admin', Limits> = {
  public: limits,
  admin: adminLimits(limits),
};
const servers: Server[] = [];
let changes = 0;

beforeAll(async () => {
  const router = new Router();
  router.get('/thing', (ctx) => {
    ctx.body = {};
  });
  for (const method of ['post', 'put', 'delete'] as const) {
    router[method]('/thing', (ctx) => {
      changes++;
      ctx.body = {};
    });
  }
  const app = createApplication(
    { open: [router, healthRoutes(() => Promise.resolve([]))] },
    createLogger('test', 'silent'),
  );
  for (const one of Object.values(listeners)) servers.push(await listen(app, 0, '127.0.0.1', one));
});
afterAll(() => Promise.all(servers.map((server) => closeServer(server, 100))));

/** What a listener answers; `fetch` would refuse to send most of these headers. */
function ask(
  listener: keyof typeof listeners,
  method: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number | undefined; headers: IncomingHttpHeaders; problem: unknown }> {
  const server = servers[Object.keys(listeners).indexOf(listener)] as Server;
  const { port } = server.address() as AddressInfo;
  const filled = { Host: `localhost:${port}`, ...headers };
  for (const [name, value] of Object.entries(filled)) {
    filled[name as 'Host'] = value.replace('<port>', String(port));
  }
  return new Promise((resolve, reject) => {
    const asked = request({ port, method, path, headers: filled }, (answer) => {
      text(answer).then((body) => {
        const { statusCode: status, headers } = answer;
        resolve({ status, headers, problem: body === '' ? null : JSON.parse(body) });
      }, reject);
    });
    asked.on('error', reject).end();
  });
}

const json0 = { 'Content-Type': 'application/json', 'Content-Length': '0' };

describe.each(['public', 'admin'] as const)('a listener that is %s', (listener) => {
  const statusOf = async (...request: [string, string, Record<string, string>?]) =>
    (await ask(listener, ...request)).status;

  test.each(['/thing', '/health/live', '/nothing'])(
    'answers for none but its own names: %s',
    async (path) => {
      for (const Host of [
        'evil.example',
        'evil.example:<port>',
        'localhost.evil.example',
        '10.0.0.1',
      ]) {
        expect(await ask(listener, 'GET', path, { Host })).toMatchObject({
          status: 421,
          problem: { detail: expect.stringContaining('HTTP_ALLOWED_HOSTS') as string },
        });
      }
      for (const Host of [
        '127.0.0.1',
        '[::1]:<port>',
        'LocalHost',
        'shop.example:1',
        '[2001:db8::1]',
      ]) {
        expect(await statusOf('GET', path, { Host })).toBe(path === '/nothing' ? 404 : 200);
      }
    },
  );

  test('looks at the host that stands in the address, too', async () => {
    expect(await statusOf('GET', 'http://evil.example/thing')).toBe(421);
    expect(await statusOf('GET', 'http://localhost@evil.example/thing')).toBe(400);
    expect(await statusOf('GET', 'http://shop.example/thing')).toBe(200);
  });

  test.each([
    { Origin: 'http://evil.example' },
    { Origin: 'null' },
    // The browser's own word for another port of this machine is "same-site".
    { Origin: 'http://localhost:1' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site', Origin: 'http://localhost:<port>' },
    { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors', ...json0 },
  ])('lets a page of another site change nothing: %j', async (headers) => {
    const before = changes;
    for (const method of ['POST', 'PUT', 'DELETE']) {
      expect(await ask(listener, method, '/thing', { ...json0, ...headers })).toMatchObject({
        status: 403,
        problem: { code: 'cross-site' },
      });
    }
    expect(changes).toBe(before);
    for (const method of ['GET', 'OPTIONS']) {
      expect(await statusOf(method, '/thing', headers)).toBe(listener === 'public' ? 200 : 403);
    }
    expect(await statusOf('GET', '/health/live', headers)).toBe(listener === 'public' ? 200 : 403);
  });

  test.each([
    {},
    { Origin: 'http://localhost:<port>' },
    { 'Sec-Fetch-Site': 'same-origin' },
    { 'Sec-Fetch-Site': 'none' },
    // A proxy in front of it has the TLS, and may ask by another name.
    { 'Sec-Fetch-Site': 'same-origin', Origin: 'https://shop.example', Host: 'localhost' },
    { Origin: 'https://shop.example', Host: 'shop.example' },
  ])('takes what its own pages and other programs send: %j', async (headers) => {
    expect(await statusOf('GET', '/thing', headers)).toBe(200);
    expect(await statusOf('POST', '/thing', { ...json0, ...headers })).toBe(200);
  });
});

test.each(['', 'text/plain', 'application/x-www-form-urlencoded', 'text/plain; application/json'])(
  'an admin listener changes nothing for a request of type "%s", which any page can send',
  async (type) => {
    const before = changes;
    const headers = { 'Content-Length': '0', ...(type !== '' && { 'Content-Type': type }) };
    expect((await ask('admin', 'POST', '/thing', headers)).status).toBe(415);
    expect(changes).toBe(before);
    // Without permission (CORS), a page can send neither of these across sites.
    for (const method of ['PUT', 'DELETE']) {
      expect((await ask('admin', method, '/thing', headers)).status).toBe(200);
    }
  },
);

test.each(['evil.example:80', '*', 'a b', 'http://localhost', ','])(
  'HTTP_ALLOWED_HOSTS=%s does not start',
  (HTTP_ALLOWED_HOSTS) => {
    expect(() => readEnvironment(limitSpecs, { HTTP_ALLOWED_HOSTS })).toThrow(
      'HTTP_ALLOWED_HOSTS is invalid: not a name or an address',
    );
  },
);

describe('CORS_ORIGINS', () => {
  const shop = 'https://shop.example';
  const bodies = { 'Content-Type': 'application/json', 'Content-Length': '0' };
  const headersOf = async (
    listener: keyof typeof listeners,
    method: string,
    headers: Record<string, string>,
  ) => (await ask(listener, method, '/thing', headers)).headers;

  test('lets pages of these origins change something, and read the answer and its headers', async () => {
    const page = { Origin: shop, 'Sec-Fetch-Site': 'cross-site' };
    const before = changes;
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const { status, headers } = await ask('public', method, '/thing', { ...bodies, ...page });
      expect([status, headers['access-control-allow-origin']]).toEqual([200, shop]);
      expect(headers['access-control-expose-headers']).toContain('Consistency-Token');
    }
    expect(changes).toBe(before + 3);
  });

  test('answers their preflights without a token or a body', async () => {
    const { status, headers } = await ask('public', 'OPTIONS', '/thing', {
      Origin: shop,
      'Access-Control-Request-Method': 'PUT',
      'Access-Control-Request-Headers': 'authorization,idempotency-key',
    });
    expect([status, headers['access-control-allow-origin']]).toEqual([204, shop]);
    expect(headers['access-control-allow-headers']).toBe('authorization,idempotency-key');
    expect(headers['access-control-allow-methods']).toContain('PUT');
    expect(headers.vary).toContain('Origin');
  });

  test('says also why something was refused', async () => {
    const { status, headers } = await ask('public', 'GET', `/${'a'.repeat(9_000)}`, {
      Origin: shop,
    });
    expect([status, headers['access-control-allow-origin']]).toEqual([414, shop]);
  });

  test.each(['https://shop.example:8443', 'http://shop.example', 'null', 'https://a.shop.example'])(
    'is to the letter: not %s',
    async (Origin) => {
      expect(await headersOf('public', 'GET', { Origin })).not.toHaveProperty(
        'access-control-allow-origin',
      );
      const posted = await ask('public', 'POST', '/thing', { ...bodies, Origin });
      expect([posted.status, posted.problem]).toMatchObject([403, { code: 'cross-site' }]);
    },
  );

  test('opens no admin listener', async () => {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const { status, headers } = await ask('admin', method, '/thing', { ...bodies, Origin: shop });
      expect(status).toBe(403);
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    }
  });

  test.each([
    '*',
    'shop.example',
    'https://shop.example/',
    'https://shop.example:443',
    'null',
    'a,',
  ])('%s does not start', (CORS_ORIGINS) => {
    expect(() => readEnvironment(limitSpecs, { CORS_ORIGINS })).toThrow(
      'CORS_ORIGINS is invalid: not an origin',
    );
  });
});
