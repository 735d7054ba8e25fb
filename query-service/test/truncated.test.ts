import { setTimeout as wait } from 'node:timers/promises';
import { armFailpoints, disarmFailpoints } from 'service-kit/failpoints';
import { failpoints } from '../src/failpoints';
import { item, order, product, type TestEvent } from './support/events';
import { topics } from './support/kafka';
import { eventually } from './support/service';
import { useSuite } from './support/suite';

const suite = useSuite({ partitions: 1 });

const sale = (id: number, version = 1): TestEvent => order(id, [item(1, 1, '5.00')], { version });

/** Deletes a topic's records below an offset; -1: all of them. */
const truncate = async (topic: string, offset: number): Promise<void> => {
  // kafkajs looks for the leader in what it knows already.
  await end(topic);
  const partitions = [{ partition: 0, offset: String(offset) }];
  await suite.cluster.admin.deleteTopicRecords({ topic, partitions });
};

const createOrderTopic = async (): Promise<void> => {
  const again = { topic: topics.order, numPartitions: 1 };
  await suite.cluster.admin.createTopics({ waitForLeaders: true, topics: [again] });
};

const end = async (topic: string): Promise<number> => {
  const [partition] = await suite.cluster.admin.fetchTopicOffsets(topic);
  return Number(partition?.high);
};

const command = async (name: 'resume' | 'rebuild'): Promise<void> => {
  expect(await suite.command('consumption', name)).toMatchObject({ code: 0 });
};

/** Halted, and everything that a person or a machine looks at says so and names the command. */
const halted = async (
  what: RegExp,
  advice = /run `npm run consumption -- resume`/,
): Promise<void> => {
  await suite.notReady(what);
  await suite.notReady(advice);
  await suite.viewsState('untrusted');
  await suite.logged(/consumption has halted/);
  const status = await suite.command('consumption', 'status');
  expect(status).toMatchObject({ code: 1, out: expect.stringMatching(what) as string });
  const metrics = await suite.service.replica.metrics.registry.metrics();
  expect(metrics).toContain('consumption_halted 1');
};

afterEach(disarmFailpoints);
beforeEach(async () => {
  await suite.cluster.relay(product(1, 'A'), sale(1), sale(2));
  await suite.salesOf(1, 10);
});

test('records deleted below what was read, while running, are no trouble', async () => {
  await truncate(topics.order, 2);
  await suite.cluster.relay(sale(3));
  await suite.salesOf(1, 15);
  await suite.ready();
});

test('records deleted up to and including what was read halt a restart; resume loses nothing', async () => {
  await suite.restart(() => truncate(topics.order, -1));
  await halted(/order-events\/0 holds offsets/);
  await suite.salesOf(1, 10);

  await command('resume');
  await suite.cluster.relay(sale(3));
  await suite.salesOf(1, 15);
  await suite.ready();
});

test('records deleted before they were read are never passed over in silence', async () => {
  await suite.restart(async () => {
    await suite.cluster.relay(sale(3), sale(4));
    // The transaction's marker is written a moment after its commit; until then the end stays behind.
    await eventually(async () => expect(await end(topics.order)).toBe(6));
    await suite.cluster.relay(sale(5));
    await truncate(topics.order, 6);
  });
  await halted(/order-events\/0 holds offsets/);

  await command('resume');
  await suite.salesOf(1, 15);
  await suite.viewsState('incomplete');
  const list = await suite.command('dead-letters', 'list');
  expect(list.out).toMatch(/^open +order-events\/0@2 .*offsets 2 to \d+ were deleted.*reconcile/);

  // The repair writes the newest events again; then the operator ends the dead letter.
  await suite.cluster.relay(sale(3), sale(4));
  await suite.salesOf(1, 25);
  const discard = ['discard', 'order-events/0@2', '--reason', 'orders 3 and 4 were emitted again'];
  expect(await suite.command('dead-letters', ...discard)).toMatchObject({ code: 0 });
  await suite.verified();
  await suite.restart();
  await suite.ready();
});

test('records deleted above what is read, while running, halt at once and are not skipped', async () => {
  // Reading is held up while what comes behind is deleted.
  armFailpoints(`${failpoints.batchFetched}=delay:60000`);
  await suite.cluster.relay(sale(3));
  await eventually(async () => expect(await end(topics.order)).toBe(5));
  await suite.cluster.relay(sale(4));
  await eventually(async () => expect(await end(topics.order)).toBe(7));
  await truncate(topics.order, 7);
  await suite.cluster.relay(sale(5));
  disarmFailpoints();
  await halted(/order-events\/0 (does not hold the next offset|holds offsets)/);

  await command('resume');
  await suite.viewsState('incomplete');
  const list = await suite.command('dead-letters', 'list');
  expect(list.out).toMatch(/^open +order-events\/0@\d .*deleted from the topic before/);
  await suite.cluster.relay(sale(3), sale(4));
  await suite.salesOf(1, 25);
});

test('a new file refuses topics whose first events are gone, until resume accepts that', async () => {
  await truncate(topics.order, 1);
  // Without a file that serves, the new one does.
  await suite.restart(() => suite.removeViews());
  await command('rebuild');
  await halted(/order-events\/0 begins at 1, its first events are gone/);

  await command('resume');
  await suite.salesOf(1, 5);
  await suite.viewsState('incomplete');
  await suite.cluster.relay(sale(1));
  await suite.salesOf(1, 10);
  await suite.restart();
  await suite.ready();
});

test('a topic that ends before what was read halts while running; resume heals', async () => {
  await suite.cluster.deleteTopics();
  await eventually(() => suite.cluster.createTopics(1));
  await halted(/order-events\/0|product-events\/0/);
  await suite.salesOf(1, 10);

  await suite.cluster.relay(sale(1, 2), sale(9));
  await command('resume');
  await suite.salesOf(1, 15);
  await suite.ready();
});

test('after resume, answers are incomplete until a comparison that began later has found all equal', async () => {
  await suite.cluster.deleteTopics();
  await eventually(() => suite.cluster.createTopics(1));
  await halted(/order-events\/0|product-events\/0/);
  await command('resume');
  await suite.ready();
  await suite.viewsState('incomplete');

  const advice = /`resume` has read the topics anew .*run `npm run reconcile`/;
  expect((await suite.command('consumption', 'status')).out).toMatch(advice);
  const health = await suite.service.get('/health/ready');
  expect(health.body).toMatchObject({ unverified: expect.stringMatching(advice) as string });
  expect(await suite.service.replica.metrics.registry.metrics()).toContain('views_unverified 1');

  const token = (await suite.doubtToken()) ?? '';
  await suite.restart();
  await suite.ready();
  await suite.viewsState('incomplete');
  expect(await suite.doubtToken()).toBe(token);

  await command('resume');
  const tooEarly = await suite.service.admin('POST', '/consumption/verified', { token });
  expect(tooEarly.status).toBe(409);
  await suite.ready();
  await suite.verified();
  await suite.restart();
  await suite.ready();
  await suite.viewsState('current');
  expect(await suite.doubtToken()).toBeNull();
});

test('topics that are created anew and grow past what was read halt while running', async () => {
  await suite.cluster.deleteTopics();
  await eventually(() => suite.cluster.createTopics(1));
  await suite.cluster.relay(sale(11), sale(12), sale(13), sale(14), sale(15));
  await suite.cluster.relay(product(1, 'A'), product(2, 'B'), product(3, 'C'));
  await halted(/order-events\/0|product-events\/0/);
  await suite.salesOf(1, 10);

  await command('resume');
  await suite.salesOf(1, 35);
  await suite.ready();
});

/** Reading looks behind a pause between two fetches that is longer than a second: in less, nobody deletes a topic and fills it anew. */
const noticedPauseMs = 2_000;

/** Holds reading up at this failpoint, and deletes the topic of orders meanwhile and creates it anew, with other ones. */
async function createAnewDuring(failpoint: string): Promise<void> {
  armFailpoints(`${failpoint}=delay:60000`);
  await suite.cluster.relay(sale(3));
  await eventually(async () => expect(await end(topics.order)).toBe(5));
  const heldUp = wait(noticedPauseMs);
  await suite.cluster.admin.deleteTopics({ topics: [topics.order] });
  await eventually(() => createOrderTopic());
  for (let id = 11; id < 16; id++) await suite.cluster.relay(sale(id));
  await heldUp;
  disarmFailpoints();
}

test('topics that are created anew and grow while reading is held up are noticed behind that', async () => {
  await createAnewDuring(failpoints.batchFetched);
  await halted(/order-events\/0@\d+ was event \S+ and is .*created anew/);
  await suite.salesOf(1, 15);

  await command('resume');
  await suite.salesOf(1, 40);
  await suite.ready();
});

test('a topic that is created anew while a transaction waits halts, and what had been read is counted', async () => {
  await createAnewDuring(failpoints.beforeTransaction);
  await halted(
    /order-events\/0.*(created anew|does not hold the next offset|does not exist any more)/,
  );
  await suite.salesOf(1, 15);

  await command('resume');
  await suite.salesOf(1, 40);
  await suite.ready();
});

test('a topic that is deleted and stays away is told, and a new one is read after resume', async () => {
  await suite.cluster.admin.deleteTopics({ topics: [topics.order] });
  await halted(/order-events.* does not exist any more|order-events.* does not hold/);

  await createOrderTopic();
  await command('resume');
  await eventually(() => suite.cluster.relay(sale(1), sale(3)));
  await suite.salesOf(1, 15);
  await suite.ready();
});

test('events of another database halt; rebuild from new topics heals', async () => {
  const source = 'ffffffff-0000-4000-8000-000000000002';
  const ids = Array.from({ length: 11 }, (_, i) => i + 1);
  await suite.cluster.relay(...ids.map((id) => order(id, [item(1, 1, '7.00')], { source })));
  await halted(/another database \(sourceId ffffffff/, /consumption -- rebuild/);
  await suite.salesOf(1, 10);

  await suite.cluster.deleteTopics();
  await eventually(() => suite.cluster.createTopics(1));
  await suite.cluster.relay(product(1, 'A', { source }));
  await suite.cluster.relay(order(1, [item(1, 1, '7.00')], { source }));
  await command('rebuild');
  await suite.salesOf(1, 7);
  await suite.ready();
  // The file before, of another database, could not tell whether this one has everything.
  await suite.verified();
});

test('a gap is told, and blocks nothing', async () => {
  await suite.cluster.relay(sale(3, 3));
  await suite.salesOf(1, 15);
  await suite.ready();
  await suite.viewsState('current');
  await suite.logged(/version gap/);
  const { registry } = suite.service.replica.metrics;
  await eventually(async () => {
    expect(await registry.metrics()).toContain('version_gaps_total 1');
  });
});
