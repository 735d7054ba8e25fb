import { startTemporaryPostgres, type TemporaryPostgres } from 'local/temporary';
import { Applier } from '../src/apply/applier';
import { ApplyQueue } from '../src/apply/apply-queue';
import { ApplyMetrics } from '../src/apply/metrics';
import { defaultAggregates } from '../src/model/aggregates';
import { HistoryFault } from '../src/model/history';
import { PostgresViewStore } from '../src/store/postgres/postgres-view-store';
import { views } from '../src/views/views';
import { fetched, item, order } from './support/events';
import { silent } from './support/views';

jest.setTimeout(60_000);

let server: TemporaryPostgres;
beforeAll(async () => {
  server = await startTemporaryPostgres();
});
afterAll(() => server.stop());

let schemas = 0;
let members: PostgresViewStore[];
beforeEach(async () => {
  const { host, port, database, user, password } = server;
  const login = { host, port, database, user, password };
  const where = { login, schema: `views_${schemas++}` };
  const kept = { views, version: 1, topics: defaultAggregates };
  await PostgresViewStore.create(where, kept);
  members = await Promise.all([1, 2].map(() => PostgresViewStore.open(where, kept)));
});
afterEach(async () => {
  for (const member of members) await member.close();
});

async function queueOf(member: number): Promise<ApplyQueue> {
  const store = members[member] as PostgresViewStore;
  const metrics = new ApplyMetrics();
  return new ApplyQueue(await Applier.open({ store, maxParkedRun: 3, metrics, logger: silent }));
}

const sale = (version: number, offset: number, partition = 0) => ({
  ...fetched(order(1, [item(1, 1, '5.00')], { version }), offset),
  partition,
});

const sold = async () =>
  (await members[0]?.reader.all('SELECT total_cents FROM product_sales')) ?? [];

test('an aggregate whose events come from another partition than before halts reading, and counts once', async () => {
  const queue = await queueOf(0);
  await queue.apply([sale(1, 0)]);

  const moved = queue.apply([sale(2, 0, 1)]);
  await expect(moved).rejects.toBeInstanceOf(HistoryFault);
  await expect(moved).rejects.toThrow(
    /^order:1 was in another partition than order-events\/1 before: partitions were added to its topic: run `/,
  );
  expect(await sold()).toEqual([{ total_cents: 500 }]);
});

test('a member that reads from another cluster than the views are of now halts', async () => {
  const [one, other] = members;
  const queue = await queueOf(0);
  await one?.setClusterId('one');
  await queue.apply([sale(1, 0)]);
  await other?.rewind();
  await other?.setClusterId('two');

  await expect(queue.apply([sale(2, 1)])).rejects.toThrow(
    /another Kafka cluster: one, these views were made from two/,
  );
});

test('a member begins anew when another one has rewound, and counts nothing again', async () => {
  const [one, other] = members;
  const queue = await queueOf(0);
  await one?.setClusterId('one');
  await queue.apply([sale(1, 0)]);
  await other?.rewind();
  await other?.accept([], []);
  await other?.setClusterId('one');

  await expect(queue.apply([sale(2, 1)])).rejects.toThrow(/another member has read on/);
  expect(queue.resumeFrom('order-events', 0)).toBe(0);
  await queue.apply([sale(1, 0), sale(2, 1)]);
  expect(await sold()).toEqual([{ total_cents: 500 }]);
});
