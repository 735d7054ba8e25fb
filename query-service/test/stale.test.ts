import { readConfig } from '../src/config';
import { startService, eventually, forget, type TestService } from './support/service';
import { useSuite } from './support/suite';

const suite = useSuite();
// Long enough that a watermark comes through within it, also on a slow machine.
const boundSeconds = 6;
let service: TestService;

beforeEach(async () => {
  const { bootstrapServers } = suite.broker;
  const groupId = `${suite.group}-bound`;
  service = await startService({ bootstrapServers, groupId, staleAfterSeconds: boundSeconds });
});
afterEach(async () => {
  await service.stop();
  await forget(service.folder);
});

async function health(): Promise<{ views: string; asOf: string | null; stale: string | null }> {
  const { status, body } = await service.get('/health/ready');
  expect(status).toBe(200);
  return body as Awaited<ReturnType<typeof health>>;
}

const state = (views: string, stale: RegExp | null): Promise<void> =>
  eventually(async () => {
    const found = await health();
    expect(found.views).toBe(views);
    if (stale === null) expect(found.stale).toBeNull();
    else expect(found.stale).toMatch(stale);
  });

test('answers are stale before the first watermark and when none has come for longer than the bound; the replica stays ready', async () => {
  await state('stale', /not known yet/);

  const watermark = new Date().toISOString();
  await suite.cluster.relayWatermark(watermark);
  await state('current', null);
  const askedWhileCurrent: number[] = [];
  await eventually(async () => {
    const asked = Date.now();
    const { views, asOf } = await health();
    expect(asOf).toBe(watermark);
    if (views === 'current') askedWhileCurrent.push(asked);
    expect(views).toBe('stale');
  });
  const oldest = Math.max(...askedWhileCurrent) - Date.parse(watermark);
  expect(oldest).toBeGreaterThan(0);
  expect(oldest).toBeLessThanOrEqual(boundSeconds * 1_000);
  await state('stale', /stand still since .*: no newer watermark comes through/);
  const { headers } = await service.get(
    '/api/analytics/hourly-sales?start=2026-02-27T09:00:00Z&end=2026-02-27T12:00:00Z',
  );
  expect(headers.get('Views-State')).toBe('stale');
  expect(await service.get('/api/pipeline')).toMatchObject({
    body: { stale: expect.stringMatching(/stand still/) as string },
  });

  await suite.cluster.relayWatermark(new Date().toISOString());
  await state('current', null);
});

test.each(['1', '2.5', '-3', 'soon'])('VIEWS_STALE_AFTER_SECONDS=%s is refused', (value) => {
  const before = process.env.VIEWS_STALE_AFTER_SECONDS;
  process.env.VIEWS_STALE_AFTER_SECONDS = value;
  try {
    expect(() => readConfig()).toThrow(/VIEWS_STALE_AFTER_SECONDS is invalid: .*at least 2/);
  } finally {
    if (before === undefined) delete process.env.VIEWS_STALE_AFTER_SECONDS;
    else process.env.VIEWS_STALE_AFTER_SECONDS = before;
  }
});
