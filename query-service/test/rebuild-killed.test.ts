import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTemporaryBroker, type TemporaryBroker } from '../../local/test/support/temporary';
import { rebuildFailpoints as at } from '../src/failpoints';
import { item, order, product } from './support/events';
import { connectTo, type TestCluster } from './support/kafka';
import { startProcess, type ServiceProcess } from './support/process';
import { eventually } from './support/service';

let broker: TemporaryBroker;
let cluster: TestCluster;
let folder: string;
let service: ServiceProcess;
let total = 0;
let orders = 0;
let replicas = 0;

/** A group of its own for each process: one that was killed stays a member of its own for 6 seconds. */
const start = async (failpoints = ''): Promise<void> => {
  service = await startProcess(broker.bootstrapServers, folder, String(++replicas), failpoints);
};

const relaySale = async (): Promise<void> => {
  await cluster.relay(order(++orders, [item(1, 1, '5.00')]));
  total += 5;
};

interface Status {
  file: string;
  kept: string | null;
  rebuild: { state: string } | null;
}
const status = async (): Promise<Status> =>
  (await (await fetch(`${service.adminUrl}/consumption`)).json()) as Status;

const post = (path: string, body: object = {}) =>
  fetch(`${service.adminUrl}/consumption/${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => undefined);

/** Everything that was relayed counts, once, and nothing else. */
const right = (): Promise<void> =>
  eventually(async () => {
    const ready = await fetch(`${service.url}/health/ready`);
    expect(ready.status).toBe(200);
    const sales = await fetch(`${service.url}/api/analytics/products/1/sales`);
    expect(await sales.json()).toEqual({ productId: 1, totalSales: total });
  }, 90_000);

const files = async (): Promise<string[]> =>
  (await readdir(folder)).filter((name) => /^views-.*\.sqlite$/.test(name));

const serving = async (): Promise<string> =>
  (await readFile(join(folder, 'current'), 'utf8')).trim();

beforeAll(async () => {
  broker = await startTemporaryBroker();
  cluster = await connectTo(broker.bootstrapServers);
  await cluster.createTopics();
  await cluster.relay(product(1, 'A'));
  folder = await mkdtemp(join(tmpdir(), 'rebuild-killed-'));
});
afterAll(async () => {
  await service.stop();
  await cluster.disconnect();
  await broker.stop();
  await rm(folder, { recursive: true });
});

/** Where the rebuild was before the pointer was renamed; of these, the first leaves no trace of it. */
const goesOn: [string, boolean][] = [
  [at.created, false],
  [at.recorded, true],
  [`${at.batchApplied}=kill@2`, true],
  [at.verified, true],
  [at.reached, true],
  [at.beforeRename, true],
  [at.afterRename, true],
  [at.oldKept, true],
  [at.planRemoved, true],
];

test.each(goesOn)(
  'killed at %s, the next process serves the same numbers, and the rebuild goes on: %s',
  async (failpoint, isKnown) => {
    await start(failpoint.includes('=') ? failpoint : `${failpoint}=kill`);
    await relaySale();
    await right();
    const before = await serving();
    await post('rebuild');
    expect(await service.ended).toBe('SIGKILL');
    await relaySale();

    await start();
    await right();
    if (isKnown) await eventually(async () => expect(await serving()).not.toBe(before), 90_000);
    else expect(await serving()).toBe(before);
    await eventually(async () => {
      const { file, kept } = await status();
      const named = [file, kept].map((path) => path?.split('/').at(-1));
      expect((await files()).sort()).toEqual(named.filter((name) => name !== undefined).sort());
      expect(await readdir(folder)).not.toContain('rebuild.json');
    }, 90_000);
    await relaySale();
    await right();
    await service.stop();
  },
);

test('killed while one is given up, its file is removed by the next process', async () => {
  await start(`${at.abandoned}=kill`);
  await right();
  const before = await serving();
  await post('rebuild', { hold: 'true' });
  await post('abort');
  expect(await service.ended).toBe('SIGKILL');

  await start();
  await right();
  expect(await serving()).toBe(before);
  await eventually(async () => {
    const { kept } = await status();
    expect(await files()).toHaveLength(kept === null ? 1 : 2);
  });
});
