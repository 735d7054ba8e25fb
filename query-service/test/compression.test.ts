import { ConfigResourceTypes } from 'kafkajs';
import { item, order, product } from './support/events';
import { topics } from './support/kafka';
import { batchesOf, segmentFile } from '../../kafka-client/test/support/segment';
import { eventually } from './support/service';
import { useSuite } from './support/suite';

const suite = useSuite({ partitions: 1 });

/** The broker compresses what comes: as an operator sets it, for each topic of ours. */
async function compressTopics(by: string, codec: number): Promise<void> {
  await suite.cluster.admin.alterConfigs({
    validateOnly: false,
    resources: Object.values(topics).map((name) => ({
      type: ConfigResourceTypes.TOPIC,
      name,
      configEntries: [{ name: 'compression.type', value: by }],
    })),
  });
  // The broker goes by it a little after it has answered.
  await eventually(async () => {
    await suite.cluster.relayWatermark('2026-02-27T09:00:00.000Z');
    expect((await codecsOf(topics.watermark)).at(-1)).toBe(codec);
  });
}

/** The codecs of the batches that the broker holds of a topic. */
const codecsOf = async (topic: string): Promise<number[]> => {
  const batches = await batchesOf(segmentFile(suite.broker.data, topic, 0));
  return batches.filter(({ isControl }) => !isControl).map(({ codec }) => codec);
};

test.each([
  ['gzip', 1],
  ['snappy', 2],
  ['lz4', 3],
  ['zstd', 4],
])('events and watermarks that a topic compresses by %s are read', async (name, codec) => {
  await suite.cluster.relay(product(1, 'A'), order(1, [item(1, 1, '5.00')]));
  await compressTopics(name, codec);
  // Alone, and enough that the codec has something to do.
  await suite.cluster.relay(order(2, [item(1, 1, '5.00')]));
  const many = Array.from({ length: 400 }, (_, i) => order(i + 3, [item(1, 1, '5.00')]));
  await suite.cluster.writeTogether(topics.order, many);
  await suite.cluster.relay(product(2, 'B'));
  await suite.cluster.relayWatermark('2026-02-27T10:00:00.000Z');

  await suite.asOf('2026-02-27T10:00:00.000Z');
  await suite.salesOf(1, 5 * 402);
  await suite.viewsState('current');
  expect(await codecsOf(topics.order)).toEqual([0, codec, codec]);
  expect(await codecsOf(topics.product)).toEqual([0, codec]);
  expect((await codecsOf(topics.watermark)).at(-1)).toBe(codec);
});
