import { type Kafka, Partitioners } from 'kafkajs';
import { KafkaAdmin } from 'kafka-client/kafka-admin';
import { startTemporaryBroker, type TemporaryBroker } from '../../local/test/support/temporary';
import { until } from 'local/until';
import { plainClient } from '../../kafka-client/test/support/plain-client';
import { findRecords } from '../src/explain/records';

interface Queue {
  readonly prototype: { checkPendingRequests: () => void };
}
const RequestQueue = jest.requireActual<Queue>('kafkajs/src/network/requestQueue');

const topic = 'order-events';
const keys = ['1', '2', '3', '4', '5', '6'];
let broker: TemporaryBroker;
let kafka: Kafka;

beforeAll(async () => {
  broker = await startTemporaryBroker();
  kafka = plainClient(broker.bootstrapServers);
});
afterAll(() => broker.stop());

/** As the relay's producer does, which knows the topic's partitions. */
async function write(version: number): Promise<void> {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const messages = keys.map((key) => ({
    key,
    value: '{}',
    headers: {
      id: `0198c5a0-0000-7000-8000-0000000000${key}${version}`,
      eventType: 'OrderStatusUpdated',
      aggregateVersion: String(version),
      schemaVersion: '1',
      sourceId: '5a1f0000-0000-4000-8000-000000000001',
    },
  }));
  await producer.send({ topic, messages });
  await producer.disconnect();
}

test('records of before and after partitions were added are found, whichever partition a key leads to by now', async () => {
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 2 }] });
  await write(1);
  await write(2);
  await admin.createPartitions({ topicPartitions: [{ topic, count: 8 }] });
  await admin.disconnect();

  // Each by itself: together they lead to more partitions than one of them does.
  const versionsOf = async (): Promise<[string, number[]][]> => {
    const all: [string, number[]][] = [];
    for (const key of keys) {
      const search = { topic, keys: new Set([key]), since: null };
      // A broker that has just started does not know its first groups yet.
      const found = await until(
        () => findRecords({ brokers: [broker.bootstrapServers] }, search),
        60_000,
      );
      all.push([key, (found.get(key) ?? []).map(({ version }) => version)]);
    }
    return all;
  };
  expect(await versionsOf()).toEqual(keys.map((key) => [key, [1, 2]]));
  await write(3);
  expect(await versionsOf()).toEqual(keys.map((key) => [key, [1, 2, 3]]));
});

// kafkajs alone wakes every millisecond, on each connection.
test('a connection without requests lets its process rest', async () => {
  const admin = new KafkaAdmin({ brokers: [broker.bootstrapServers] }, 'resting');
  try {
    await admin.offsetRanges([topic]);
    const looks = jest.spyOn(RequestQueue.prototype, 'checkPendingRequests');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(looks.mock.calls.length).toBeLessThan(5);
    await admin.offsetRanges([topic]);
    expect(looks).toHaveBeenCalled();
  } finally {
    await admin.close();
  }
});
