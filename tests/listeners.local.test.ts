import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { recordedProcesses } from 'local/pid-file';
import { tableOfPage } from '../local/test/support/table-of-page';
import { startTemporaryIssuer, type TemporaryIssuer } from '../local/test/support/temporary-issuer';
import { LocalStack } from './support/local-stack';

let issuer: TemporaryIssuer;
let stack: LocalStack;
beforeAll(async () => {
  issuer = await startTemporaryIssuer();
  const { jwksUrl, issuer: name, audience } = issuer.auth;
  stack = await LocalStack.start({
    environment: {
      AUTH_MODE: 'jwt',
      AUTH_JWKS_URL: jwksUrl.href,
      AUTH_ISSUER: name,
      AUTH_AUDIENCE: audience,
      ADMIN_TOKEN: await issuer.token('admin commands:write', { expires: 3_600 }),
    },
  });
});
afterAll(async () => {
  await stack?.remove();
  await issuer.stop();
});

/** Routes of each listener, and which row of SECURITY.md has to tell of them. */
const routes: Record<string, readonly (readonly [string, string, string])[]> = {
  8080: [
    ['POST', '/api/products', '/api/…'],
    ['POST', '/api/orders', '/api/…'],
    ['PUT', '/api/orders/1/status', '/api/…'],
    ['GET', '/api/orders', '/api/…'],
    ['GET', '/api/products/1', '/api/…'],
    ['GET', '/health/ready', '/health/…'],
    ['GET', '/openapi.json', '/openapi.json'],
    ['GET', '/docs', '/docs'],
  ],
  8081: [
    ['GET', '/api/analytics/orders-by-status', '/api/…'],
    ['GET', '/api/pipeline', '/api/…'],
    ['GET', '/operators/orders', '/operators/…'],
    ['GET', '/operators/events', '/operators/…'],
    ['GET', '/operators/explain/order/1', '/operators/…'],
    ['POST', '/operators/dead-letters/redrive', '/operators/…'],
    ['PUT', '/operators/connector/resume', '/operators/…'],
    ['POST', '/operators/connector/restart', '/operators/…'],
    ['GET', '/health/ready', '/health/…'],
    ['GET', '/openapi.json', '/openapi.json'],
    ['GET', '/docs', '/docs'],
    ['GET', '/', '/'],
    ['GET', '/dashboard/dashboard.js', '/dashboard/…'],
  ],
  9080: [
    ['GET', '/health/ready', '/health/…'],
    ['GET', '/metrics', '/metrics'],
  ],
  9081: [
    ['GET', '/consumption', 'everything'],
    ['POST', '/consumption/rebuild', 'everything'],
    ['POST', '/consumption/resume', 'everything'],
    ['GET', '/dead-letters', 'everything'],
    ['POST', '/dead-letters/redrive', 'everything'],
    ['GET', '/backup', 'everything'],
    ['GET', '/snapshot', 'everything'],
    ['GET', '/health/ready', '/health/…'],
    ['GET', '/metrics', '/metrics'],
  ],
  8083: [
    ['GET', '/connectors', 'what it lets through to Kafka Connect'],
    ['POST', '/connectors/outbox-relay/restart', 'what it lets through to Kafka Connect'],
    ['DELETE', '/connectors/outbox-relay/offsets', 'what it lets through to Kafka Connect'],
  ],
  8084: [
    ['GET', '/health/ready', '/health/…'],
    ['GET', '/metrics', '/metrics'],
    ['GET', '/pipeline', '/pipeline'],
    ['GET', '/explain/order/1', '/explain/order/…'],
    ['GET', '/connectors', 'the same'],
    ['PUT', '/connectors/outbox-relay/pause', 'the same'],
  ],
};
const scopes = ['commands:write', 'analytics:read', 'admin'];

const table = tableOfPage('SECURITY.md', 'listener', 'route', 'scope');

/** The row that tells of a route: its listeners, its routes, its scope. */
function rowOf(port: string, route: string): string[] {
  const isOf = (listener: string): boolean =>
    listener.includes(port) ||
    listener.startsWith('each') ||
    (listener === 'both services, public' && ['8080', '8081'].includes(port));
  const row = table.find(([listener = '', text = '']) => {
    const [told = ''] = text.split(' but ');
    return (
      isOf(listener) &&
      ((/^\w/.test(route) && told.startsWith(route)) || told.split(/[ ,;]+/).includes(route))
    );
  });
  if (row === undefined) throw new Error(`SECURITY.md tells nothing of ${route} on ${port}`);
  return row;
}

const portOf = (port: string): number => {
  const { ports } = stack;
  const found = {
    ...{ 8080: ports.SERVER_PORT, 8081: ports.QUERY_SERVER_PORT, 9080: ports.COMMAND_ADMIN_PORT },
    ...{ 9081: ports.QUERY_ADMIN_PORT, 8083: ports.CONNECT_PORT, 8084: ports.RELAY_KEEPER_PORT },
  }[Number(port)];
  if (found === undefined) throw new Error(port);
  return found;
};

describe('with AUTH_MODE=jwt, as SECURITY.md tells', () => {
  const cases = Object.entries(routes).flatMap(([port, list]) =>
    list.map((one) => [port, ...one] as const),
  );
  test.each(cases)('%s: %s %s', async (port, method, path, route) => {
    const [, , scope] = rowOf(port, route);
    const status = async (token?: string): Promise<number> => {
      const answer = await fetch(`http://127.0.0.1:${portOf(port)}${path}`, {
        method,
        headers: {
          'content-type': 'application/json',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        ...(method !== 'GET' && { body: '{"nothing":1}' }),
      });
      await answer.body?.cancel();
      return answer.status;
    };
    if (scope === 'none') {
      expect(await status()).toBe(200);
      return;
    }
    expect(await status()).toBe(401);
    expect(await status('a.b.c')).toBe(401);
    const others = scopes.filter((other) => other !== scope).join(' ');
    expect(await status(await issuer.token(others))).toBe(403);
  });

  test('who has the scope comes in', async () => {
    for (const [port, path, scope] of [
      ['8080', '/api/orders', 'commands:write'],
      ['8081', '/api/analytics/orders-by-status', 'analytics:read'],
      ['9081', '/consumption', 'admin'],
      ['8083', '/connectors', 'admin'],
      ['8084', '/connectors', 'admin'],
    ] as const) {
      const headers = { authorization: `Bearer ${await issuer.token(scope)}` };
      const answer = await fetch(`http://127.0.0.1:${portOf(port)}${path}`, { headers });
      expect([port, answer.status]).toEqual([port, 200]);
    }
  });

  test('every row of the table was asked for', () => {
    const asked = Object.entries(routes).flatMap(([port, list]) =>
      list.map(([, , route]) => rowOf(port, route)),
    );
    expect(table.filter((row) => !asked.includes(row))).toEqual([]);
  });
});

const isLinux = process.platform === 'linux';

(isLinux ? test : test.skip)('no process of npm start listens for another machine', () => {
  const pids = new Set(recordedProcesses(`${stack.folder}/run`).map(({ pid }) => pid));
  const sockets = [...pids].flatMap((pid) => {
    const links = execFileSync('sh', ['-c', `ls -l /proc/${pid}/fd`], { encoding: 'utf8' });
    return [...links.matchAll(/socket:\[(\d+)\]/g)].map(([, inode]) => inode);
  });
  const listening = ['tcp', 'tcp6'].flatMap((kind) =>
    readFileSync(`/proc/net/${kind}`, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      // 0A: LISTEN.
      .filter((fields) => fields[3] === '0A' && sockets.includes(fields[9]))
      .map((fields) => (fields[1] ?? '').split(':') as [string, string]),
  );
  const loopback = [
    '0100007F',
    '0000000000000000FFFF00000100007F',
    '00000000000000000000000001000000',
  ];
  expect(listening.filter(([address]) => !loopback.includes(address))).toEqual([]);
  const ports = listening.map(([, port]) => parseInt(port, 16)).sort();
  // The views' server is not there.
  const { VIEWS_DB_PORT, ...known } = stack.ports as typeof stack.ports & {
    VIEWS_DB_PORT?: number;
  };
  expect(ports).not.toContain(VIEWS_DB_PORT);
  expect(ports).toEqual(Object.values(known).sort());
});
