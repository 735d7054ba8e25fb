import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import Router from '@koa/router';
import { until } from 'local/until';
import { createApplication } from '../src/application';
import { clientOf, setAside } from '../src/clients';
import { healthRoutes } from '../src/health';
import { closeServer, listen } from '../src/http-server';
import { adminLimits, type Limits, usualLimits } from '../src/limits';
import { createLogger } from '../src/logger';
import { securityHeaders } from '../src/security-headers';

type Server = Awaited<ReturnType<typeof listen>>;

/** Far more than the system's buffers take. */
const muchText = 'x'.repeat(32 * 1024 * 1024);

let server: Server;
/** Ends the requests that wait for it. */
let release: () => void;
let waiting = 0;
/** Wait without a place. */
let aside = 0;
const sockets: Socket[] = [];

async function serve(limits: Partial<Limits> = {}) {
  const held = new Promise<void>((resolve) => (release = resolve));
  waiting = aside = 0;
  const router = new Router();
  router.get('/waits', async (ctx) => {
    waiting++;
    await held;
    ctx.body = 'done';
  });
  router.get('/aside', async (ctx) => {
    const resume = setAside(ctx.req);
    aside++;
    await held;
    resume();
    ctx.body = 'done';
  });
  router.get('/much', (ctx) => {
    ctx.body = muchText;
  });
  router.get('/page', (ctx) => {
    ctx.set('Content-Security-Policy', "default-src 'self'");
    ctx.body = 'page';
  });
  router.post('/things', async (ctx) => {
    for await (const _ of ctx.req) void _;
    ctx.body = 'read';
  });
  const app = createApplication(
    { open: [router, healthRoutes(() => Promise.resolve([]))] },
    createLogger('test', 'silent'),
  );
  // Every client here has one address.
  server = await listen(app, 0, '127.0.0.1', { ...usualLimits, share: 1, ...limits });
  return `http://127.0.0.1:${portOf()}`;
}
afterEach(async () => {
  release();
  for (const socket of sockets.splice(0)) socket.destroy();
  await closeServer(server, 100);
});

const portOf = (): number => (server.address() as AddressInfo).port;

/** A connection that has sent this; what it was answered, once it is closed. @param from its own address */
async function open(text: string, from = '127.0.0.1') {
  const socket = connect({ port: portOf(), host: '127.0.0.1', localAddress: from });
  sockets.push(socket);
  let answer = '';
  socket.on('data', (bytes) => (answer += bytes.toString()));
  socket.on('error', () => undefined);
  const closed = once(socket, 'close').then(() => answer);
  await Promise.race([once(socket, 'connect'), closed]);
  socket.write(text);
  return { socket, closed };
}

/** Sends one byte after the other until it is hung up on. */
function dribble(socket: Socket): void {
  const drip = setInterval(() => socket.write('x'), 20);
  socket.once('close', () => clearInterval(drip));
}

/** @param keep the header of a connection that is not kept, or nothing */
const get = (path: string, keep = 'Connection: close\r\n'): string =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${keep}\r\n`;

const isHealthy = async (url: string): Promise<boolean> => (await fetch(`${url}/health/live`)).ok;

describe('a slow client', () => {
  test.each([
    ['headers', 'GET /page HTTP/1.1\r\nHost: localhost\r\nA: '],
    ['a body', 'POST /things HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n'],
  ])('that sends %s byte by byte is ended with 408, and holds up nobody', async (_, start) => {
    const url = await serve({ requestMs: 600 });
    const slow = await Promise.all(Array.from({ length: 50 }, () => open(start)));
    const started = performance.now();
    for (const { socket } of slow) dribble(socket);
    expect(await isHealthy(url)).toBe(true);
    for (const answer of await Promise.all(slow.map(({ closed }) => closed))) {
      expect(answer).toMatch(/^HTTP\/1\.1 408 .*did not arrive in time/s);
    }
    // What is left of the connection after its answer is cut, too.
    expect(performance.now() - started).toBeLessThan(6_000);
  });

  test('that sends nothing at all is closed', async () => {
    await serve({ requestMs: 600 });
    const { closed } = await open('');
    expect(await closed).toMatch(/^(HTTP\/1\.1 408 |$)/);
  });

  test('that keeps an idle connection is closed', async () => {
    await serve({ idleMs: 100 });
    const { closed } = await open('GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(await closed).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('that does not read its answer is closed', async () => {
    const url = await serve({ stalledMs: 300 });
    const socket = connect(portOf(), '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.pause();
    socket.write('GET /much HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(async () => expect(await connectionsOf()).toBe(1), 60_000);
    await until(async () => expect(await connectionsOf()).toBe(0), 60_000);
    expect(await isHealthy(url)).toBe(true);
  });
});

const connectionsOf = (): Promise<number> =>
  new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
  );

describe('slow clients, of the same address as all others', () => {
  const post = 'POST /things HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n';
  const halfSent = `${post}Content-Length: 100\r\n\r\n{`;

  test.each([
    ['bodies that do not come', halfSent],
    ['heads that do not end', 'GET /page HTTP/1.1\r\nHost: localhost\r\n'],
    ['connections that say nothing', ''],
    ['connections that were answered once', get('/page', '')],
  ])('with many %s take nothing from others', async (_, text) => {
    const limits = { connections: 200, requests: 100, share: usualLimits.share };
    // No time-out comes to help.
    await serve({ ...limits, requestMs: 300_000, idleMs: 300_000 });
    const others = [get('/health/live'), get('/page'), `${post}Content-Length: 2\r\n\r\n{}`];
    for (let i = 0; i < 6; i++) {
      await Promise.all(Array.from({ length: 50 }, () => open(text)));
      await until(async () => {
        for (const request of others) {
          expect(await (await open(request)).closed).toMatch(/^HTTP\/1\.1 200 /);
        }
      }, 60_000);
    }
    expect(await connectionsOf()).toBeLessThanOrEqual(limits.connections);
  });

  test('make room for others, and who is being answered does not', async () => {
    const url = await serve({ requests: 3 });
    const answered = fetch(`${url}/waits`);
    const slow = [await open(halfSent), await open(halfSent)];
    await until(() => Promise.resolve(expect(waiting).toBe(1)), 60_000);
    // Who sends at once is not slow.
    await until(async () => expect((await fetch(`${url}/page`)).status).toBe(200), 60_000);
    const [longest, other] = slow;
    expect(await longest?.closed).toBe('');
    other?.socket.write('x'.repeat(99));
    await until(() => Promise.resolve(expect(other?.socket.bytesRead).toBeGreaterThan(0)), 60_000);
    release();
    expect((await answered).status).toBe(200);
  });
});

describe('too much at once', () => {
  test('of requests is 503 with Retry-After; health answers; then it goes on', async () => {
    const url = await serve({ requests: 2 });
    const held = [fetch(`${url}/waits`), fetch(`${url}/waits`)];
    await until(() => Promise.resolve(expect(waiting).toBe(2)), 60_000);
    const refused = await fetch(`${url}/page`);
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([503, '1']);
    expect(await refused.json()).toMatchObject({ status: 503, code: 'busy' });
    expect(await isHealthy(url)).toBe(true);
    release();
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await fetch(`${url}/page`)).status).toBe(200);
  });

  test('of requests that were given up counts no longer', async () => {
    const url = await serve({ requests: 2 });
    for (let i = 0; i < 2; i++) {
      const { socket } = await open('GET /waits HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await until(() => Promise.resolve(expect(waiting).toBe(i + 1)), 60_000);
      socket.destroy();
    }
    await until(async () => expect((await fetch(`${url}/page`)).status).toBe(200), 60_000);
  });

  test('of requests that waited for their turn on a connection that ended counts no longer', async () => {
    const url = await serve({ requests: 3 });
    const { socket } = await open('GET /waits HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(3));
    await until(() => Promise.resolve(expect(waiting).toBe(3)), 60_000);
    expect((await fetch(`${url}/page`)).status).toBe(503);
    socket.destroy();
    await until(async () => expect(await connectionsOf()).toBe(1), 60_000);
    // As many as before, not only the one in place of the answer that was being sent.
    const again = [1, 2, 3].map(() => fetch(`${url}/waits`));
    await until(() => Promise.resolve(expect(waiting).toBe(6)), 60_000);
    release();
    expect((await Promise.all(again)).map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  test('of connections that are answered is 503; health answers on one more', async () => {
    await serve({ connections: 2, requests: 9 });
    const first = [await open(get('/waits')), await open(get('/waits'))];
    await until(() => Promise.resolve(expect(waiting).toBe(2)), 60_000);
    expect(await (await open(get('/page', ''))).closed).toMatch(/^HTTP\/1\.1 503 .*"busy"/s);
    expect(await (await open(get('/health/live', ''))).closed).toMatch(/^HTTP\/1\.1 200 /);
    release();
    for (const { closed } of first) expect(await closed).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('of requests that wait is 503; they take no place of the others', async () => {
    const url = await serve({ requests: 2, waiting: 3 });
    const held = [1, 2, 3].map(() => fetch(`${url}/aside`));
    await until(() => Promise.resolve(expect(aside).toBe(3)), 60_000);
    const refused = await fetch(`${url}/aside`);
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([503, '1']);
    held.push(fetch(`${url}/waits`));
    await until(() => Promise.resolve(expect(waiting).toBe(1)), 60_000);
    expect((await fetch(`${url}/page`)).status).toBe(200);
    release();
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    // Each counts once again, and no longer.
    expect((await fetch(`${url}/page`)).status).toBe(200);
  });

  test('of requests that wait and are given up counts no longer', async () => {
    await serve({ waiting: 1 });
    for (let i = 1; i <= 3; i++) {
      const { socket } = await open(get('/aside'));
      await until(() => Promise.resolve(expect(aside).toBe(i)), 60_000);
      socket.destroy();
      await until(async () => expect(await connectionsOf()).toBe(0), 60_000);
    }
  });
});

describe('one address', () => {
  const [other, third] = ['127.0.0.2', '127.0.0.3'];
  const quick = async (path: string, from: string) => (await open(get(path), from)).closed;

  test.each([
    ['requests', { requests: 8 }, '/waits'],
    ['connections', { connections: 8 }, '/waits'],
    ['requests that wait', { waiting: 8 }, '/aside'],
  ])('gets its share of %s, and leaves the rest to others', async (_, limits, path) => {
    await serve({ share: 0.5, ...limits });
    const held = [1, 2, 3, 4].map(() => open(get(path), other));
    await Promise.all(held);
    await until(() => Promise.resolve(expect(waiting + aside).toBe(4)), 60_000);
    expect(await quick(path, other)).toMatch(/^HTTP\/1\.1 503 .*or 4 of your address/s);
    expect(await quick('/health/live', other)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await quick('/page', third)).toMatch(/^HTTP\/1\.1 200 /);
    held.push(open(get(path), third));
    await until(() => Promise.resolve(expect(waiting + aside).toBe(5)), 60_000);
    release();
    for (const { closed } of await Promise.all(held)) {
      expect(await closed).toMatch(/^HTTP\/1\.1 200 /);
    }
  });

  test('is a network, in IPv6', () => {
    expect(clientOf('::ffff:10.0.0.1')).toBe(clientOf('10.0.0.1'));
    expect(clientOf('2001:db8:1:2::7')).toBe(clientOf('2001:db8:1:2:3:4:5:6'));
    expect(clientOf('2001:db8::7')).toBe(clientOf('2001:db8:0:0:1::'));
    expect(clientOf('2001:db8:1:3::7')).not.toBe(clientOf('2001:db8:1:2::7'));
  });
});

describe('an address', () => {
  test('of more than its limit is 414, with exactly that is taken', async () => {
    const url = await serve({ urlBytes: 1_000 });
    const statusOf = async (length: number) =>
      (await fetch(`${url}/${'x'.repeat(length - 1)}`)).status;
    expect([await statusOf(1_000), await statusOf(1_001)]).toEqual([404, 414]);
  });

  test('may be as long as all headers on an admin listener', async () => {
    const url = await serve(adminLimits(usualLimits));
    expect((await fetch(`${url}/${'x'.repeat(12_000)}`)).status).toBe(404);
  });
});

describe('every answer', () => {
  test.each([
    ['a success', 'GET /waits', {}],
    ['a refusal of the application', 'GET /nothing', {}],
    ['a refusal of the limits', `GET /${'x'.repeat(9_000)}`, {}],
    ['a refusal of what is expected', 'POST /things', { Expect: 'more' }],
    ['a refusal of the parser', 'FETCH /things', {}],
  ])('%s carries the security headers', async (_, request, headers) => {
    await serve();
    release();
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const { closed } = await open(
      `${request} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${lines.join('')}\r\n`,
    );
    const answer = await closed;
    for (const [name, value] of Object.entries(securityHeaders)) {
      expect(answer).toContain(`${name}: ${value}\r\n`);
    }
    expect(answer).not.toMatch(/X-Powered-By|^Server:/im);
  });

  test('a page may have a policy of its own', async () => {
    const url = await serve();
    const { headers } = await fetch(`${url}/page`);
    expect(headers.get('Content-Security-Policy')).toBe("default-src 'self'");
  });
});
