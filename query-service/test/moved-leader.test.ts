import { armFailpoints, disarmFailpoints } from 'service-kit/failpoints';
import { EventConsumer } from '../src/consumer/consumer';
import { failpoints } from '../src/failpoints';
import { item, order } from './support/events';
import { topics } from './support/kafka';
import { eventually } from './support/service';
import { cluster } from './support/two-brokers';
import { openViews, silent } from './support/views';

type TwoBrokersModule = typeof import('./support/two-brokers');
jest.mock(
  'kafkajs/src/cluster',
  () => jest.requireActual<TwoBrokersModule>('./support/two-brokers').Cluster,
);

test('a leader that moves while a batch is handed over is no other history, and nothing is skipped', async () => {
  const count = cluster.perFetch + 10;
  // So large that no more of them is welcome while they are written.
  const items = Array.from({ length: 100 }, () => item(1, 1, '0.01'));
  cluster.write(Array.from({ length: count }, (_, i) => order(i + 1, items)));
  const views = await openViews();
  const faults: unknown[] = [];
  const consumer = new EventConsumer({
    kafka: {
      brokers: ['in memory'],
      groupId: 'moved',
      topics,
      watermarkTopic: topics.watermark,
    },
    store: views.store,
    queue: views.queue,
    logger: silent,
    onCrash: (error) => faults.push(error),
    onHalt: (fault) => faults.push(fault),
  });

  // Handed over, and more of it is not welcome yet: there the other broker's fetcher takes up a seek.
  armFailpoints(`${failpoints.beforeTransaction}=delay:400`);
  consumer.start();
  await cluster.asked;
  const applied = (orders: number) => ({ products: [{ total_cents: orders * 100 }] });
  await eventually(async () => {
    expect(await views.contents()).toMatchObject(applied(cluster.perFetch));
  });
  cluster.giveRecords();
  await eventually(async () => {
    expect(faults).toEqual([]);
    expect(await views.contents()).toMatchObject(applied(count));
    expect(consumer.reading.behind).toBe(0);
  }, 60_000);
  disarmFailpoints();
  await consumer.stop();
  await views.close();
});
