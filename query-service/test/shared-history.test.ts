import { Applier } from '../src/apply/applier';
import { ApplyQueue } from '../src/apply/apply-queue';
import { ApplyMetrics } from '../src/apply/metrics';
import { defaultAggregates } from '../src/model/aggregates';
import { PostgresViewStore } from '../src/store/postgres/postgres-view-store';
import { views } from '../src/views/views';
import { fetched, item, order } from './support/events';
import { silent } from './support/views';
import { startViewsServer, type ViewsServer } from './support/views-database';

let server: ViewsServer;
beforeAll(async () => {
  server = await startViewsServer();
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

const cancelled = (version: number, offset: number, partition: number) => ({
  ...fetched(order(1, [item(1, 1, '5.00')], { version, status: 'CANCELLED' }), offset),
  partition,
});

/** An order that nobody has told of before. */
const another = (id: number, offset: number, partition: number) => ({
  ...fetched(order(id, [item(1, 1, '7.00')]), offset),
  partition,
});

const sources = async () =>
  (await members[0]?.reader.all(
    'SELECT order_id, source, version FROM order_state_by_source ORDER BY order_id',
  )) ?? [];

const sold = async () =>
  (await members[0]?.reader.all('SELECT total_cents FROM product_sales')) ?? [];

test('an aggregate whose events come from another partition than before stays with the first, and counts once', async () => {
  const [queue, other] = [await queueOf(0), await queueOf(1)];
  const first = sale(1, 0);
  await queue.apply([first]);
  await other.apply([sale(2, 0, 1), another(2, 1, 1)]);
  expect(await sources()).toEqual([
    { order_id: 1, source: 0, version: 2 },
    { order_id: 2, source: 1, version: 1 },
  ]);

  // What was computed before the other one wrote into this partition's state is not written.
  await expect(queue.apply([sale(3, 1)])).rejects.toThrow(/another member has read on/);
  expect(queue.resumeFrom('order-events', 0)).toBe(0);
  await queue.apply([first, sale(3, 1)]);
  await other.apply([cancelled(4, 2, 1)]);
  expect(await sold()).toEqual([{ total_cents: 700 }]);
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
