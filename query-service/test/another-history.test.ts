import { item, order, product } from './support/events';
import { eventually } from './support/service';
import { useSuite } from './support/suite';

const suite = useSuite();

const post = async (path: string): Promise<void> => {
  const { status } = await suite.service.admin('POST', path);
  expect(status).toBe(200);
};

describe('a topic that was created anew', () => {
  beforeEach(async () => {
    const orders = [1, 2, 3].map((id) => order(id, [item(1, 1, '5.00')]));
    await suite.cluster.relay(product(1, 'A'), ...orders);
    await suite.salesOf(1, 15);
  });

  const recreate = async (): Promise<void> => {
    await suite.cluster.deleteTopics();
    await eventually(() => suite.cluster.createTopics());
  };

  /** The same topics, longer than what was read: only the event ids tell. */
  const recreateLonger = async (): Promise<void> => {
    await recreate();
    for (let version = 1; version <= 3; version++) {
      for (let id = 1; id <= 8; id++) {
        await suite.cluster.relay(order(id, [item(1, 1, '5.00')], { version }));
        await suite.cluster.relay(product(id, 'A', { version }));
      }
    }
  };

  test('halts consumption; reads go on as untrusted; resume heals', async () => {
    await suite.restart(recreateLonger);

    await suite.notReady(/created anew/);
    const answer = await suite.service.get('/api/analytics/products/1/sales');
    expect(answer.body).toEqual({ productId: 1, totalSales: 15 });
    expect(answer.headers.get('Views-State')).toBe('untrusted');

    await post('/consumption/resume');
    await suite.ready();
    await suite.salesOf(1, 40);
  });

  test('is noticed when it is shorter than what was read', async () => {
    await suite.restart(recreate);

    await suite.notReady(/these views stand at/);
  });

  test('is noticed while running', async () => {
    await recreate();
    await suite.cluster.relay(product(1, 'A'));

    await suite.notReady(/consumption has halted/);
    await suite.salesOf(1, 15);
  });
});

test('views that were made from another cluster halt consumption', async () => {
  await suite.ready();
  await suite.restart(async () => {
    await suite.change("UPDATE origin SET cluster_id = 'elsewhere' WHERE length(cluster_id) = 22");
  });

  await suite.notReady(/another Kafka cluster.*elsewhere.*run `npm run consumption -- resume`/);
  await suite.viewsState('untrusted');
  await suite.cluster.relay(product(1, 'A'), order(1, [item(1, 1, '5.00')]));

  await post('/consumption/resume');
  await suite.ready();
  await suite.salesOf(1, 5);
  await suite.verified();
});
