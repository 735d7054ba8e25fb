import { startTemporaryIssuer } from '../../local/test/support/temporary-issuer';
import { until } from 'local/until';
import { Conformance } from '../../service-kit/test/support/conformance';
import { expectValidDocument } from '../../service-kit/test/support/valid-document';
import { item, order, product } from './support/events';
import { forget, startService, type TestService } from './support/service';
import { useSuite } from './support/suite';

const suite = useSuite();

const hours = 'start=2026-02-27T00:00:00Z&end=2026-02-28T00:00:00Z';
const backwards = 'start=2026-02-28T00:00:00Z&end=2026-02-27T00:00:00Z';

/** What each view can be asked well, and what it refuses, by status. */
const views: readonly { well: string; refused: Readonly<Record<number, string>> }[] = [
  { well: '/products/1/sales', refused: { 404: '/products/9/sales' } },
  { well: '/categories/Electronics/revenue', refused: { 404: '/categories/None/revenue' } },
  { well: `/hourly-sales?${hours}`, refused: { 422: `/hourly-sales?${backwards}` } },
  { well: `/top-products?${hours}`, refused: { 422: `/top-products?${backwards}` } },
  {
    well: `/categories/Electronics/revenue-over-time?${hours}`,
    refused: {
      404: `/categories/None/revenue-over-time?${hours}`,
      422: `/categories/Electronics/revenue-over-time?${backwards}`,
    },
  },
  { well: '/orders-by-status', refused: {} },
  { well: '/customers/1/totals', refused: { 404: '/customers/9/totals' } },
  { well: '/categories?category=Electronics', refused: {} },
  { well: `/sales-over-time?${hours}`, refused: { 422: `/sales-over-time?${backwards}` } },
];

beforeEach(async () => {
  await suite.cluster.relay(product(1, 'Electronics'), order(1, [item(1, 2, '0.07')]));
  await suite.applied(2);
});

/** Asks a service, and holds its answers against the document that it gave at first. */
async function conforming(service: () => TestService) {
  const conformance = await Conformance.of(service().url);
  return {
    conformance,
    /** Expects this status, in an answer that the document foresees. @returns its body */
    expectAnswer: async (status: number, path: string, headers = {}): Promise<unknown> => {
      const answer = await fetch(service().url + path, { headers });
      expect(`${path} ${answer.status}`).toBe(`${path} ${status}`);
      const text = await answer.text();
      conformance.check('GET', path, { status, headers: answer.headers, text });
      return JSON.parse(text);
    },
  };
}

test('every answer is one that the document describes, and each that it describes is given', async () => {
  const { conformance, expectAnswer } = await conforming(() => suite.service);
  await suite.ready();
  for (const path of ['/health/live', '/health/ready', '/api/pipeline']) {
    await expectAnswer(200, path);
  }
  for (const { well, refused } of views) {
    const path = `/api/analytics${well}`;
    await expectAnswer(200, path, { 'Consistency-Token': 'order:1@1', Prefer: 'wait=2' });
    await expectAnswer(400, path, { 'Consistency-Token': '' });
    for (const [status, other] of Object.entries(refused)) {
      await expectAnswer(Number(status), `/api/analytics${other}`);
    }
    const later = { 'Consistency-Token': 'order:1@2', Prefer: 'wait=0' };
    expect(await expectAnswer(503, path, later)).toMatchObject({
      code: 'change-not-shown',
      notYet: [{ token: 'order:1@2', applied: 1 }],
    });
  }
  await expectAnswer(200, '/api/analytics/orders-per-minute');

  await suite.restart(() => suite.removeViews());
  await expectAnswer(503, '/health/ready');
  for (const { well } of views) {
    expect(await expectAnswer(503, `/api/analytics${well}`)).toMatchObject({
      code: 'views-not-readable',
    });
  }

  expect(conformance.unseen()).toEqual([]);
});

test('with AUTH_MODE=jwt, every route but health refuses tokens as it is described then', async () => {
  const issuer = await startTemporaryIssuer();
  const { broker, group } = suite;
  const service = await startService({
    bootstrapServers: broker.bootstrapServers,
    groupId: `${group}-guarded`,
    auth: issuer.auth,
  });
  try {
    const { conformance, expectAnswer } = await conforming(() => service);
    const paths = [
      ...views.map(({ well }) => `/api/analytics${well}`),
      '/api/analytics/orders-per-minute',
      '/api/pipeline',
    ];
    const Authorization = `Bearer ${await issuer.token('commands:write')}`;
    for (const path of paths) await expectAnswer(401, path);
    issuer.answer(500);
    for (const path of paths) {
      expect(await expectAnswer(503, path, { Authorization })).toMatchObject({
        code: 'keys-not-available',
      });
    }
    issuer.answer(200);
    await until(() => expectAnswer(403, paths[0] ?? '', { Authorization }), 60_000);
    for (const path of paths) await expectAnswer(403, path, { Authorization });
    expect(conformance.unseen().filter((answer) => / (401|403)$/.test(answer))).toEqual([]);
  } finally {
    await service.stop();
    await forget(service.folder);
    await issuer.stop();
  }
});

test('the document is valid OpenAPI', async () => {
  await expectValidDocument(await (await fetch(`${suite.service.url}/openapi.json`)).json());
});

test('what the dashboard sums up is exact to the cent', async () => {
  const get = async (path: string) => (await suite.service.get(`/api/analytics${path}`)).body;
  expect(await get('/categories')).toEqual([{ category: 'Electronics', totalRevenue: 0.14 }]);
  expect(await get(`/sales-over-time?${hours}`)).toEqual([
    {
      windowStart: '2026-02-27T09:00:00Z',
      windowEnd: '2026-02-27T10:00:00Z',
      units: 2,
      totalSales: 0.14,
    },
  ]);
});
