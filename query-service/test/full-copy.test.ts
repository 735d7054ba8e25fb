import { basename } from 'node:path';
import { Connection } from '../src/store/sqlite/connection';
import { definition, projectionVersion } from '../src/views/views';
import { item, order, product, type TestEvent } from './support/events';
import { eventually, forget, startService } from './support/service';
import { useSuite } from './support/suite';

// What holds of a service that keeps all views by itself, in files.
const suite = useSuite();

test('a member that has not every partition is not ready and says so', async () => {
  await suite.ready();
  const [group = ''] = await suite.liveGroups();
  const stranger = await suite.cluster.joinGroup(group);
  try {
    await eventually(async () => {
      const { status, body } = await suite.service.get('/health/ready');
      expect(status).toBe(503);
      expect(JSON.stringify(body)).toMatch(/has not given this member (product|order)-events/);
    });
  } finally {
    await stranger.disconnect();
  }
  await suite.ready();
});

test('a process does not wait for the member that was killed before it', async () => {
  await suite.ready();
  // Its member is in the group, as one that was killed is, for as long as it is not told to go.
  const second = await startService({
    bootstrapServers: suite.broker.bootstrapServers,
    groupId: suite.group,
  });
  try {
    await eventually(async () => {
      for (const service of [suite.service, second]) {
        expect(await service.get('/health/ready')).toMatchObject({ status: 200 });
      }
    });
    expect(await suite.liveGroups()).toHaveLength(2);
  } finally {
    await second.stop();
    await forget(second.folder);
  }
});

test('a second process cannot take the same folder', async () => {
  await expect(
    startService({
      bootstrapServers: suite.broker.bootstrapServers,
      groupId: 'another',
      folder: suite.service.folder,
    }),
  ).rejects.toThrow(/in use by another process/);
});

test('a snapshot that nobody reads to its end leaves no transaction open', async () => {
  await suite.cluster.relay(product(2, 'Books'), order(2, [item(2, 1, '0.07')]));
  await suite.salesOf(2, 0.07);
  await fetch(`${suite.service.adminUrl}/snapshot`, { method: 'HEAD' });
  const leaving = new AbortController();
  await fetch(`${suite.service.adminUrl}/snapshot`, { signal: leaving.signal });
  leaving.abort();
  await suite.cluster.relay(order(4, [item(2, 1, '1.00')]));
  await suite.salesOf(2, 1.07);

  // SQLite cuts its log to nothing only when no reader stands in it; it waits 5 seconds for that.
  const other = await Connection.openWriter(await suite.databaseFile());
  try {
    await eventually(async () => {
      expect(await other.all('PRAGMA wal_checkpoint(TRUNCATE)')).toMatchObject([{ busy: 0 }]);
    });
  } finally {
    await other.close();
  }
});

test('back to the release before: the kept file reads on from where it stood, and swaps', async () => {
  const sale = (id: number): TestEvent => order(id, [item(1, 1, '5.00')]);
  await suite.cluster.relay(product(1, 'A'), sale(1), sale(2), sale(3));
  await suite.salesOf(1, 15);
  await suite.ready();
  const old = await suite.databaseFile();
  const nextRelease = { ...definition, version: projectionVersion + 1 };
  await suite.restart(undefined, nextRelease);
  await eventually(async () => expect(await suite.databaseFile()).not.toBe(old));
  await suite.ready();
  await suite.cluster.relay(sale(4));
  await suite.salesOf(1, 20);

  await suite.restart();
  await eventually(async () => expect(basename(await suite.databaseFile())).toBe(basename(old)));
  await suite.ready();
  await suite.salesOf(1, 20);
  const metrics = await suite.service.replica.metrics.registry.metrics();
  // Everything before had stayed in it: only what came since was read.
  expect(metrics).toMatch(/^rebuild_offsets_per_second \d+$/m);
});
