import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import Koa from 'koa';
import { healthRoutes } from '../src/health';
import { closeServer, listen } from '../src/http-server';
import { createLogger } from '../src/logger';
import { Problem, problems } from '../src/problem';

const silent = createLogger('test', 'silent');

async function serve(build: (app: Koa) => void) {
  const app = new Koa().use(problems(silent));
  build(app);
  const server = await listen(app, 0, '127.0.0.1');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('problem answers', () => {
  test('a problem is answered with its status, members and headers', async () => {
    const { server, url } = await serve((app) =>
      app.use(() => {
        throw new Problem(503, 'the database is away', { since: 3 }, { 'Retry-After': '2' });
      }),
    );
    const answer = await fetch(url);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('Retry-After')).toBe('2');
    expect(answer.headers.get('Content-Type')).toMatch('application/problem+json');
    expect(await answer.json()).toEqual({
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      detail: 'the database is away',
      code: 'service-unavailable',
      since: 3,
    });
    await closeServer(server, 100);
  });

  test('any other error is a bare 500: nothing internal leaks', async () => {
    const { server, url } = await serve((app) =>
      app.use(() => {
        throw new Error('password=secret');
      }),
    );
    const answer = await fetch(url);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toMatch(/secret/);
    await closeServer(server, 100);
  });
});

test('readiness says why not', async () => {
  const reasons = ['waiting for Kafka'];
  const { server, url } = await serve((app) =>
    app.use(healthRoutes(() => Promise.resolve(reasons)).routes()),
  );
  const before = await fetch(`${url}/health/ready`);
  expect([before.status, await before.json()]).toEqual([503, { status: 'not ready', reasons }]);
  reasons.pop();
  const after = await fetch(`${url}/health/ready`);
  expect([after.status, await after.json()]).toEqual([200, { status: 'ready', reasons: [] }]);
  await closeServer(server, 100);
});

describe('shutdown', () => {
  test('an accepted request gets its answer, a new one no connection', async () => {
    let finish: () => void = () => undefined;
    let accepted: () => void = () => undefined;
    const isAccepted = new Promise<void>((resolve) => (accepted = resolve));
    const { server, url } = await serve((app) =>
      app.use(async (ctx) => {
        accepted();
        await new Promise<void>((resolve) => (finish = resolve));
        ctx.body = 'done';
      }),
    );
    const slow = fetch(url);
    await isAccepted;
    const closed = closeServer(server, 5_000);
    await expect(fetch(url)).rejects.toThrow();
    finish();
    expect(await (await slow).text()).toBe('done');
    await closed;
  });

  test('a connection that nothing has come by holds it up no longer than an idle one', async () => {
    const { server } = await serve(() => undefined);
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(server, 'connection');
    const asked = performance.now();
    await closeServer(server, 60_000);
    expect(performance.now() - asked).toBeLessThan(30_000);
    client.destroy();
  });

  test('a request that takes longer than the grace period is cut', async () => {
    let accepted: () => void = () => undefined;
    const isAccepted = new Promise<void>((resolve) => (accepted = resolve));
    const { server, url } = await serve((app) =>
      app.use(() => {
        accepted();
        return new Promise(() => undefined);
      }),
    );
    const endless = fetch(url).catch(() => 'cut');
    await isAccepted;
    await closeServer(server, 100);
    expect(await endless).toBe('cut');
  });
});
