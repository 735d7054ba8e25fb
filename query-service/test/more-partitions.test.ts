import { plainClient } from '../../kafka-client/test/support/plain-client';
import { item, order, product, type TestEvent } from './support/events';
import { topics } from './support/kafka';
import { eventually, forget, startService, type TestService } from './support/service';
import { useSuite } from './support/suite';

const suite = useSuite();
// kafkajs alone would look after five minutes.
const noticedWithinMs = 30_000;
let service: TestService;

beforeEach(async () => {
  const { bootstrapServers } = suite.broker;
  const groupId = `${suite.group}-grown`;
  service = await startService({ bootstrapServers, groupId, staleAfterSeconds: 60 });
});
afterEach(async () => {
  await service.stop();
  await forget(service.folder);
});

/** Writes events to a partition, in a transaction of a producer that knows of it. */
async function relayTo(partition: number, ...events: TestEvent[]): Promise<void> {
  const producer = plainClient(suite.broker.bootstrapServers).producer({
    transactionalId: `partition-${partition}`,
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await producer.connect();
  const transaction = await producer.transaction();
  for (const { topic, ...message } of events) {
    await transaction.send({ topic, messages: [{ ...message, partition }] });
  }
  await transaction.commit();
  await producer.disconnect();
}

async function addPartitions(count: number): Promise<void> {
  await suite.cluster.admin.createPartitions({ topicPartitions: [{ topic: topics.order, count }] });
}

interface Seen {
  readonly state: string | null;
  readonly asOf: string;
  readonly sales: number;
}
async function look(): Promise<Seen> {
  const { headers, body } = await service.get('/api/analytics/products/1/sales');
  const { totalSales = 0 } = body as { totalSales?: number };
  return { state: headers.get('Views-State'), asOf: headers.get('As-Of') ?? '', sales: totalSales };
}

test('partitions that are added under load, twice, are read within seconds, and until then no answer claims what is in them', async () => {
  let sold = 0;
  await suite.cluster.relay(product(1, 'A'));
  const sell = async (id: number, partition: number): Promise<void> => {
    await relayTo(partition, order(id, [item(1, 1, '1.00')]));
    sold++;
  };
  await sell(1, 0);
  // Answers are read all the time; what each claims is judged when all is known.
  const answers: Seen[] = [];
  let isOver = false;
  const reading = (async () => {
    while (!isOver) answers.push(await look());
  })();
  const beating = (async () => {
    for (let id = 1_000; !isOver; id++) {
      await sell(id, 1);
      await suite.cluster.relayWatermark(new Date().toISOString());
    }
  })();

  const added: { writtenAt: string; soldUntilThen: number }[] = [];
  for (const count of [4, 6]) {
    await addPartitions(count);
    // A broker that has just created a partition may not lead it yet.
    await eventually(() => sell(count, count - 1));
    added.push({ writtenAt: new Date().toISOString(), soldUntilThen: sold });
    const noticed = performance.now();
    await eventually(async () => {
      const { state, asOf } = await look();
      expect(state).toBe('current');
      expect(asOf > (added.at(-1)?.writtenAt ?? '')).toBe(true);
    }, noticedWithinMs);
    expect(performance.now() - noticed).toBeLessThan(noticedWithinMs);
  }
  isOver = true;
  await Promise.all([reading, beating]);

  for (const { writtenAt, soldUntilThen } of added) {
    const claims = answers.filter(({ state, asOf }) => state === 'current' && asOf > writtenAt);
    expect(claims.length).toBeGreaterThan(0);
    for (const { sales } of claims) expect(sales).toBeGreaterThanOrEqual(soldUntilThen);
  }
  expect(service.log.join('')).toMatch(
    /"added":\["order-events\/[23]","order-events\/[23]"\],"msg":"partitions were added"/,
  );
  await eventually(async () => expect((await look()).sales).toBe(sold));
});

test('events of one aggregate that are read in another order, because its key has moved to another partition, end in its newest version', async () => {
  const state = (version: number, status: string) =>
    order(1, [item(1, 1, '5.00')], { version, status });
  await relayTo(0, product(1, 'A'), state(1, 'CREATED'));
  await eventually(async () => expect((await look()).sales).toBe(5));

  await addPartitions(4);
  await eventually(() => relayTo(3, state(3, 'CANCELLED')));
  await eventually(async () => expect((await look()).sales).toBe(0));
  await relayTo(0, state(2, 'SHIPPED'), order(2, [item(1, 1, '7.00')]));
  await eventually(async () => expect((await look()).sales).toBe(7));
});
