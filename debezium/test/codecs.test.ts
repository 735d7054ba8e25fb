import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { handOverUndecodable } from 'kafka-client/fetch-response';
import { KafkaAdmin } from 'kafka-client/kafka-admin';
import { readRanges } from 'kafka-client/read-ranges';
import { readHeaders } from 'contracts/headers';
import { until } from 'local/until';
import { batchesOf, segmentFile } from '../../kafka-client/test/support/segment';
import { Relay } from './support/relay';

const topic = 'order-events';
const connectorFile = join(__dirname, '..', 'outbox-relay.json');
const connector = JSON.parse(readFileSync(connectorFile, 'utf8')) as Record<string, string>;
let relay: Relay;

beforeAll(async () => {
  // As the query service reads.
  handOverUndecodable();
  relay = await Relay.start();
  await relay.startKeeper();
  await relay.untilReady();
  // It would take the codec back.
  await relay.stopKeeper();
});

afterAll(async () => {
  await relay.stop();
});

async function setCodec(name: string): Promise<void> {
  // Stopped meanwhile: the task that runs would still write as before.
  await relay.rest('PUT', '/connectors/outbox-relay/stop');
  await until(async () => {
    const [slot] = await relay.sql<{ active: boolean }>('SELECT active FROM pg_replication_slots');
    expect(slot).toEqual({ active: false });
  }, 60_000);
  const config = { ...connector, 'producer.override.compression.type': name };
  await relay.rest('PUT', '/connectors/outbox-relay/config', config);
  await relay.rest('PUT', '/connectors/outbox-relay/resume');
}

/** Where an event stands and what it says, as our client reads it. */
async function find(id: string): Promise<{ partition: number; offset: number; value: string }> {
  const connection = { brokers: [relay.broker.bootstrapServers] };
  const admin = new KafkaAdmin(connection, 'codecs');
  try {
    const ranges = new Map(
      (await admin.offsetRanges([topic])).map(({ partition, low, high }) => [
        partition,
        { from: low, to: high },
      ]),
    );
    let found: { partition: number; offset: number; value: string } | undefined;
    await readRanges(connection, {
      clientId: 'codecs',
      topic,
      ranges,
      receive: (partition, records) => {
        for (const { offset, value, headers } of records) {
          if (readHeaders(headers ?? {}).id !== id) continue;
          found = { partition, offset: Number(offset), value: value?.toString() ?? '' };
        }
      },
    });
    if (found === undefined) throw new Error(`no event ${id} yet`);
    return found;
  } finally {
    await admin.close();
  }
}

test.each([
  ['gzip', 1],
  ['snappy', 2],
  ['lz4', 3],
  ['zstd', 4],
])("an event that the relay's producer compresses by %s is read", async (name, codec) => {
  await setCodec(name);
  const payload = JSON.stringify({ text: `${name} ä `.repeat(1_000) });
  const id = await relay.write({ aggregateid: name, payload });
  const { partition, offset, value } = await until(() => find(id), 60_000);
  expect(value).toBe(payload);
  const batches = await batchesOf(segmentFile(relay.broker.data, topic, partition));
  const batch = batches.find((b) => b.firstOffset <= offset && offset <= b.lastOffset);
  expect(batch?.codec).toBe(codec);
});
