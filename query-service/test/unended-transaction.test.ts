import { item, order, product } from './support/events';
import { eventually, forget, startService, type TestService } from './support/service';
import { useSuite } from './support/suite';

const suite = useSuite();
let service: TestService;

beforeEach(async () => {
  const { bootstrapServers } = suite.broker;
  const groupId = `${suite.group}-bound`;
  service = await startService({ bootstrapServers, groupId, staleAfterSeconds: 6 });
});
afterEach(async () => {
  await service.stop();
  await forget(service.folder);
});

/** An instant that has come through as a watermark. */
async function watermark(): Promise<string> {
  const instant = new Date().toISOString();
  await suite.cluster.relayWatermark(instant);
  await eventually(async () => {
    expect(service.replica.serving.consumer?.reading.arrived).toBe(instant);
    await Promise.resolve();
  });
  return instant;
}

async function answer(): Promise<{ state: string | null; asOf: string | null; sales: unknown }> {
  const { headers, body } = await service.get('/api/analytics/products/1/sales');
  const sales = (body as { totalSales?: number }).totalSales;
  return { state: headers.get('Views-State'), asOf: headers.get('As-Of'), sales };
}

test('As-Of does not pass a partition that stands behind a transaction without an end, and answers become stale', async () => {
  const orders = (from: number) => [1, 2, 3, 4].map((i) => order(from + i, [item(1, 1, '10.00')]));
  await suite.cluster.relay(product(1, 'A'), ...orders(0));
  const before = await watermark();
  await eventually(async () => {
    expect(await answer()).toEqual({ state: 'current', asOf: before, sales: 40 });
  });

  const end = await suite.cluster.relayUnended(order(99, [item(1, 1, '1.00')]));
  // Some of them stand behind it: committed, and shown to nobody who reads committed records.
  await suite.cluster.relay(...orders(10));
  const after = await watermark();
  const { asOf, sales } = await answer();
  expect({ asOf, isComplete: sales === 80 }).toEqual({ asOf: before, isComplete: false });
  await eventually(async () => {
    expect(await answer()).toMatchObject({ state: 'stale', asOf: before });
  });
  expect(await service.get('/health/ready')).toMatchObject({
    status: 200,
    body: {
      stale: expect.stringMatching(
        /offsets are still to be read, first order-events\/\d at \d+$/,
      ) as string,
    },
  });

  await end();
  await eventually(async () => {
    expect(await answer()).toMatchObject({ asOf: after, sales: 81 });
  });
  await watermark();
  await eventually(async () => {
    expect((await answer()).state).toBe('current');
  });
});
