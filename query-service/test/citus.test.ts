import { query } from 'local/query';
import type { Pool } from 'pg';
import { Applier } from '../src/apply/applier';
import { ApplyQueue } from '../src/apply/apply-queue';
import { ApplyMetrics } from '../src/apply/metrics';
import { defaultAggregates } from '../src/model/aggregates';
import { PostgresViewStore } from '../src/store/postgres/postgres-view-store';
import { sectionsOf } from '../src/store/snapshot';
import { views } from '../src/views/views';
import { fetched, item, order } from './support/events';
import { silent } from './support/views';
import { isGivenServer, startViewsServer, type ViewsServer } from './support/views-database';

let server: ViewsServer;
let store: PostgresViewStore;
let queue: ApplyQueue;
/** What Citus has sent to nodes, as it tells in notices. */
const sent: { text: string; node: string }[] = [];

const sale = (id: number, offset: number, partition: number) => ({
  ...fetched(order(id, [item(1, 1, '5.00')]), offset),
  partition,
});

/** Nothing here is of one PostgreSQL. */
const onCitus = isGivenServer ? describe : describe.skip;

onCitus('on Citus', () => {
  beforeAll(async () => {
    server = await startViewsServer();
    const { host, port, database, user, password } = server;
    const login = { host, port, database, user, password };
    for (const setting of [
      'log_remote_commands = on',
      // As when a node is slow: Citus opens further connections to it at once.
      'executor_slow_start_interval = 0',
    ]) {
      await query(login, `ALTER DATABASE ${database} SET citus.${setting}`);
    }
    const where = { login, schema: 'views' };
    const kept = { views, version: 1, topics: defaultAggregates };
    await PostgresViewStore.create(where, kept);
    store = await PostgresViewStore.open(where, kept);
    poolOf(store).on('acquire', (client) => {
      client.removeAllListeners('notice').on('notice', ({ message = '', detail = '' }) => {
        const text = /^issuing (.*)/s.exec(message)?.[1];
        if (text !== undefined) sent.push({ text, node: detail });
      });
    });
    const metrics = new ApplyMetrics();
    queue = new ApplyQueue(await Applier.open({ store, maxParkedRun: 3, metrics, logger: silent }));
    for (let partition = 0; partition < 6; partition++) {
      await queue.apply([sale(1_000 * (partition + 1), 0, partition)]);
    }
  });
  afterAll(async () => {
    await store?.close();
    await server?.stop();
  });

  const written = () => sent.filter(({ text }) => /^(UPDATE|INSERT|DELETE|PREPARE)/.test(text));
  const isPrepared = () => sent.some(({ text }) => text.startsWith('PREPARE TRANSACTION'));

  test('a step is one transaction of one node', async () => {
    const nodes = new Set<string>();
    for (let partition = 0; partition < 6; partition++) {
      sent.length = 0;
      await queue.apply([sale(1_000 * (partition + 1) + 1, 1, partition)]);
      expect(written().length).toBeGreaterThan(3);
      expect(new Set(written().map(({ node }) => node)).size).toBe(1);
      expect(isPrepared()).toBe(false);
      for (const { node } of written()) nodes.add(node);
    }
    // The partitions are not all on one.
    expect(nodes.size).toBeGreaterThan(1);
  });

  test('a step that parks a record is committed on all nodes, or on none', async () => {
    sent.length = 0;
    await queue.apply([{ ...sale(7, 2, 0), value: Buffer.from('poison') }]);
    expect(isPrepared()).toBe(true);
    expect(await store.deadLetters()).toMatchObject({ open: 1 });
  });

  test('a snapshot has of each partition exactly what its position says', async () => {
    let isWriting = true;
    const next = [3, 2, 2, 2, 2, 2];
    const writing = Promise.all(
      next.map(async (first, partition) => {
        for (let offset = first; isWriting; offset++) {
          await queue.apply([sale(1_000 * (partition + 1) + offset, offset, partition)]);
        }
      }),
    );
    const [orders] = sectionsOf(views).filter(({ name }) => name === 'order');
    try {
      for (let round = 0; round < 20; round++) {
        const snapshot = await store.openSnapshot();
        const found = new Map<number, number>();
        if (orders === undefined) throw new Error('a snapshot has orders');
        for await (const lines of snapshot.lines(orders, null)) {
          for (const line of lines) {
            const [, id] = JSON.parse(line) as [string, number];
            const partition = Math.floor(id / 1_000) - 1;
            found.set(partition, Math.max(found.get(partition) ?? 0, id % 1_000));
          }
        }
        const { positions } = snapshot.origin;
        await snapshot.close();
        expect(positions.length).toBe(6);
        for (const { partition, offset } of positions) {
          // A record that was parked is no order.
          const newest = partition === 0 && offset === 2 ? 1 : offset;
          expect({ round, partition, newest: found.get(partition) }).toEqual({
            ...{ round, partition, newest },
          });
        }
      }
    } finally {
      isWriting = false;
      await writing;
    }
  });
});

const poolOf = (of: PostgresViewStore): Pool =>
  (of as unknown as { database: { pool: Pool } }).database.pool;
