import type { Server } from 'node:http';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import Router from '@koa/router';
import { Registry } from 'prom-client';
import { until } from 'local/until';
import { createApplication } from '../src/application';
import { healthRoutes } from '../src/health';
import { closeServer, listen } from '../src/http-server';
import { createLogger } from '../src/logger';
import { observeRequests } from '../src/observe-requests';
import { Problem } from '../src/problem';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

let server: Server;
let url: string;
let registry: Registry;
let lines: Record<string, unknown>[];
let accepted: () => void = () => undefined;

beforeEach(async () => {
  registry = new Registry();
  lines = [];
  const destination = {
    write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>),
  };
  const log = createLogger('test', 'info', destination);
  const router = new Router();
  router.get('/things/:id', (ctx) => (ctx.body = 'a thing'));
  router.post('/things', (ctx) => (ctx.status = 204));
  router.get('/refused', () => {
    throw new Problem(503, 'not now');
  });
  router.get('/broken', () => {
    throw new Error('a defect');
  });
  router.get('/endless', () => {
    accepted();
    return new Promise(() => undefined);
  });
  const refuse = new Router();
  refuse.get('/guarded', (ctx) => (ctx.body = 'not for everybody'));
  const guard = {
    enforced: true,
    require: () => [
      () => {
        throw new Problem(401, 'say who you are');
      },
    ],
  };
  const slices = {
    open: [router, healthRoutes(() => Promise.resolve([]))],
    guarded: { guard, scope: 'admin' as const, slices: [refuse] },
  };
  const observe = observeRequests(registry, log);
  server = await listen(createApplication(slices, log, { observe }), 0, '127.0.0.1');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => closeServer(server, 100));

/** An answer is observed a moment after its client has it. */
const linesComeTo = (count: number): Promise<void> =>
  until(() => expect(lines).toHaveLength(count), 60_000);

/** How many requests were measured, by `method route status`. */
async function measured(): Promise<Record<string, number>> {
  const text = await registry.metrics();
  const counts = text.matchAll(
    /seconds_count\{method="(.*?)",route="(.*?)",status="(.*?)"\} (\d+)/g,
  );
  return Object.fromEntries(
    [...counts].map(([, method, route, status, count]) => [
      `${method} ${route} ${status}`,
      Number(count),
    ]),
  );
}

test('a request is measured by its route, whatever stands in its path, and by the status of its answer', async () => {
  for (const path of [
    '/things/1',
    '/things/2',
    '/refused',
    '/broken',
    '/guarded',
    '/nowhere/1',
    '/nowhere/2',
  ]) {
    await fetch(url + path);
  }
  await fetch(`${url}/things/1`, { method: 'DELETE' });
  // A line each, and one more for the defect.
  await linesComeTo(9);
  expect(await measured()).toEqual({
    'GET /things/:id 200': 2,
    'GET /refused 503': 1,
    'GET /broken 500': 1,
    'GET /guarded 401': 1,
    'GET none 404': 2,
    'DELETE none 405': 1,
  });
});

test('a client that goes away before its answer counts as 499', async () => {
  const isAccepted = new Promise<void>((resolve) => (accepted = resolve));
  const gone = request(`${url}/endless`).on('error', () => undefined);
  gone.end();
  await isAccepted;
  gone.destroy();
  await linesComeTo(1);
  expect(await measured()).toEqual({ 'GET /endless 499': 1 });
});

test('health is measured, and logged only for who wants to debug', async () => {
  await fetch(`${url}/health/live`);
  await until(async () => {
    expect(await measured()).toEqual({ 'GET /health/live 200': 1 });
  }, 60_000);
  expect(lines).toEqual([]);
});

test("a request's line says what was asked, what was answered, and in which trace", async () => {
  await fetch(`${url}/things/17`, { headers: { traceparent } });
  await linesComeTo(1);
  expect(lines[0]).toMatchObject({
    level: 30,
    method: 'GET',
    route: '/things/:id',
    path: '/things/17',
    status: 200,
    bytes: 7,
    traceId,
  });
  expect(lines[0]?.ms).toBeGreaterThan(0);
});

test("without a client's trace each request has one of its own, and a defect's line the same", async () => {
  await fetch(`${url}/broken`);
  await linesComeTo(2);
  const [defect, answered] = lines.map((line) => line.traceId);
  expect(defect).toMatch(/^[0-9a-f]{32}$/);
  expect(answered).toBe(defect);
});

test('no line holds a query, a header or a body', async () => {
  await fetch(`${url}/things/1?token=s3cret`, { headers: { Authorization: 'Bearer s3cret' } });
  await fetch(`${url}/nowhere/s3cret?token=s3cret`, { headers: { Cookie: 's3cret' } });
  await fetch(`${url}/things`, { method: 'POST', body: '{"name":"s3cret"}' });
  await linesComeTo(3);
  expect(JSON.stringify(lines)).not.toMatch(/s3cret/);
});
