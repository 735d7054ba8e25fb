import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  startTemporaryIssuer,
  type TemporaryIssuer,
} from '../../local/test/support/temporary-issuer';
import { armFailpoints, disarmFailpoints } from 'service-kit/failpoints';
import { failpoints } from '../src/failpoints';
import { runCommand } from './support/command';
import { item, order, product } from './support/events';
import { topics } from './support/kafka';
import { eventually, forget, startService, type TestService } from './support/service';
import { useSuite } from './support/suite';

const suite = useSuite();
afterEach(disarmFailpoints);

test('events in Kafka become visible in the views', async () => {
  await suite.cluster.relay(product(1, 'Electronics'), order(1, [item(1, 2, '500.00')]));

  await suite.salesOf(1, 1000);
  // The two topics are read independently: the product may come after its sale.
  await eventually(async () => {
    expect(await suite.service.get('/api/analytics/categories/Electronics/revenue')).toMatchObject({
      status: 200,
      body: { category: 'Electronics', totalRevenue: 1000 },
    });
  });
  const hours = '/api/analytics/hourly-sales?start=2026-02-27T09:00:00Z&end=2026-02-27T12:00:00Z';
  expect((await suite.service.get(hours)).body).toEqual([
    {
      windowStart: '2026-02-27T09:00:00Z',
      windowEnd: '2026-02-27T10:00:00Z',
      productId: 1,
      totalSales: 1000,
    },
  ]);
});

test('a restarted service reads on and counts nothing again', async () => {
  await suite.cluster.relay(product(1, 'A'), order(1, [item(1, 1, '5.00')]));
  await suite.applied(2);
  await suite.restart();
  await suite.cluster.relay(order(2, [item(1, 1, '5.00')]));

  await suite.salesOf(1, 10);
  await suite.applied(1);
  const metrics = await suite.service.replica.metrics.registry.metrics();
  expect(metrics).toContain('events_duplicate_total 0');
});

test('records of an aborted transaction are not counted and hold up nothing', async () => {
  await suite.cluster.relay(product(1, 'A'), order(1, [item(1, 1, '5.00')]));
  await suite.cluster.relayAborted(order(2, [item(1, 1, '7.00')]));
  await suite.salesOf(1, 5);
  await suite.restart();

  // The topics end in aborted records and markers, which no batch ever hands over.
  await suite.ready();
  await suite.salesOf(1, 5);
});

test('readiness waits until everything up to the start is applied', async () => {
  const events = Array.from({ length: 200 }, (_, i) => order(i + 1, [item(1, 1, '1.00')]));
  armFailpoints(`${failpoints.beforeTransaction}=delay:60000`);
  await suite.restart(() => suite.cluster.relay(...events));

  expect(await suite.service.get('/health/ready')).toMatchObject({
    status: 503,
    body: { status: 'not ready', reasons: [expect.any(String)] },
  });
  disarmFailpoints();
  await suite.ready();
  const { body } = await suite.service.get('/api/analytics/products/1/sales');
  expect(body).toEqual({ productId: 1, totalSales: 200 });
});

test('answers say how fresh they are, once a watermark has been passed', async () => {
  await suite.ready();
  await suite.cluster.relay(order(1, [item(1, 1, '5.00')]));
  await suite.cluster.relayWatermark('2026-02-27T09:00:01.000Z');

  await eventually(async () => {
    const { headers, body } = await suite.service.get('/api/analytics/products/1/sales');
    expect(headers.get('As-Of')).toBe('2026-02-27T09:00:01.000Z');
    expect(headers.get('Views-State')).toBe('current');
    expect(body).toEqual({ productId: 1, totalSales: 5 });
  });
});

test('watermarks whose topic was created anew are read on', async () => {
  await suite.ready();
  for (const second of [1, 2, 3])
    await suite.cluster.relayWatermark(`2026-02-27T09:00:0${second}.000Z`);
  await suite.asOf('2026-02-27T09:00:03.000Z');
  await suite.cluster.admin.deleteTopics({ topics: [topics.watermark] });
  const again = { topic: topics.watermark, numPartitions: 1 };
  await eventually(async () => {
    await suite.cluster.admin.createTopics({ waitForLeaders: true, topics: [again] });
  });
  await eventually(() => suite.cluster.relayWatermark('2026-02-27T09:00:04.000Z'));

  await suite.asOf('2026-02-27T09:00:04.000Z');
});

describe('with AUTH_MODE=jwt', () => {
  let issuer: TemporaryIssuer;
  let service: TestService;
  beforeEach(async () => {
    issuer = await startTemporaryIssuer();
    const { bootstrapServers } = suite.broker;
    const groupId = `jwt-${suite.group}`;
    service = await startService({ bootstrapServers, groupId, auth: issuer.auth });
  });
  afterEach(async () => {
    await service.stop();
    await forget(service.folder);
    await issuer.stop();
  });

  const statusOf = async (url: string, scope: string | null, method = 'GET') => {
    const token = scope === null ? {} : { Authorization: `Bearer ${await issuer.token(scope)}` };
    const headers = { 'Content-Type': 'application/json', ...token };
    const answer = await fetch(url, { method, headers });
    await answer.arrayBuffer();
    return answer.status;
  };

  const views = [
    '/api/analytics/products/1/sales',
    '/api/analytics/categories/Electronics/revenue',
    '/api/analytics/hourly-sales?start=2026-02-27T09:00:00Z&end=2026-02-27T12:00:00Z',
  ];
  const operators: [string, string][] = [
    ...['/consumption', '/dead-letters', '/dead-letters/order-events/0@0'].map(
      (path): [string, string] => ['GET', path],
    ),
    ['GET', '/snapshot'],
    ['GET', '/backup'],
    ...['resume', 'rebuild', 'rollback', 'swap', 'abort'].map((command): [string, string] => [
      'POST',
      `/consumption/${command}`,
    ]),
    ['POST', '/dead-letters/redrive'],
    ['POST', '/dead-letters/order-events/0@0/redrive'],
    ['POST', '/dead-letters/order-events/0@0/discard'],
  ];

  test('views take a token with analytics:read, and no other', async () => {
    for (const path of views) {
      expect([path, await statusOf(service.url + path, null)]).toEqual([path, 401]);
      expect([path, await statusOf(service.url + path, 'commands:write admin')]).toEqual([
        path,
        403,
      ]);
      expect(await statusOf(service.url + path, 'analytics:read')).not.toBe(401);
    }
    expect(await statusOf(service.url + views[2], 'analytics:read')).toBe(200);
  });

  test("the operator's routes take a token with admin, and no other; the public port has none", async () => {
    for (const [method, path] of operators) {
      const url = service.adminUrl + path;
      expect([path, await statusOf(url, null, method)]).toEqual([path, 401]);
      expect([path, await statusOf(url, 'commands:write analytics:read', method)]).toEqual([
        path,
        403,
      ]);
      expect([path, await statusOf(service.url + path, 'admin', method)]).toEqual([path, 404]);
    }
    expect(await statusOf(`${service.adminUrl}/consumption`, 'admin')).toBe(200);
    for (const path of ['/health/ready', '/health/live', '/metrics']) {
      await eventually(async () => {
        expect(await statusOf(service.adminUrl + path, null)).toBe(200);
      });
    }
  });

  test("the operator's commands show ADMIN_TOKEN, and say what is wrong without it", async () => {
    const status = (variables: NodeJS.ProcessEnv) =>
      runCommand('consumption', service.adminUrl, ['status'], variables);
    expect(await status({})).toMatchObject({ code: 1, err: 'a bearer token is required' });
    expect(await status({ ADMIN_TOKEN: await issuer.token('analytics:read') })).toMatchObject({
      code: 1,
      err: 'the token has no scope admin',
    });
    const token = await issuer.token('admin');
    const file = join(service.folder, 'token');
    await writeFile(file, `${token}\n`);
    for (const variables of [{ ADMIN_TOKEN: token }, { ADMIN_TOKEN_FILE: file }]) {
      expect((await status(variables)).out).toMatch(/^views: /);
    }
  });
});

test('reads go on while the broker is away, and consumption when it is back', async () => {
  await suite.cluster.relay(order(1, [item(1, 1, '5.00')]));
  await suite.salesOf(1, 5);
  await suite.broker.kill();
  await suite.salesOf(1, 5);

  await suite.broker.restart();
  await eventually(() => suite.cluster.relay(order(2, [item(1, 1, '5.00')])));
  await suite.salesOf(1, 10);
  await suite.cluster.relayWatermark('2026-02-27T09:00:02.000Z');
  await suite.asOf('2026-02-27T09:00:02.000Z');
});
