import { query } from 'local/query';
import { readMigrationConfig } from '../src/config';
import { migrate } from '../src/migrate';
import { environment, serviceRole, silent, useTestService, untilReady } from './support/service';

const stack = useTestService();

type Row = Partial<
  Record<
    | 'id'
    | 'kind'
    | 'key'
    | 'type'
    | 'payload'
    | 'topic'
    | 'version'
    | 'schema'
    | 'source'
    | 'trace'
    | 'time',
    string
  >
>;

/** As somebody who has got the service's login. */
function insert(row: Row): Promise<unknown> {
  const {
    id,
    kind,
    key,
    type,
    payload,
    topic,
    version,
    schema,
    source,
    trace,
    time,
  }: Required<Row> = {
    ...{
      id: 'gen_random_uuid()',
      kind: "'order'",
      key: "'1'",
      type: "'OrderCreated'",
      payload: "'{}'",
    },
    ...{
      topic: "'order-events'",
      version: '1',
      schema: '1',
      source: '(SELECT source_id FROM source)',
      trace: 'NULL',
      time: 'now()',
    },
    ...row,
  };
  return query(
    {
      ...stack.postgres,
      user: serviceRole.SERVICE_DB_USER,
      password: serviceRole.SERVICE_DB_PASSWORD,
    },
    `INSERT INTO outbox VALUES (${[id, kind, key, type, payload, topic, version, schema, source, trace, time].join()})`,
  );
}

test('the database takes a row that can be sent', async () => {
  await expect(insert({})).resolves.toBeDefined();
});

describe('the database refuses a row that cannot be sent, or is not of this history', () => {
  test.each<[string, Row]>([
    ['a topic that does not exist', { topic: "'shipment-events'" }],
    ['an illegal topic', { topic: "'not a topic/é'" }],
    ['no topic', { topic: 'NULL' }],
    ["Connect's topic", { topic: "'connect-configs'", key: "'connector-evil'" }],
    ["Kafka's topic", { topic: "'__consumer_offsets'" }],
    ['the topic of another aggregate', { topic: "'product-events'" }],
    ['an unknown aggregate', { kind: "'shipment'" }],
    ['a payload of 1.6 MB', { payload: `to_json(repeat('x', 1600000))` }],
    [
      'a payload above 512 KiB, in characters of more bytes',
      { payload: `to_json(repeat('ä', 270000))` },
    ],
    ['a long key', { key: `repeat('1', 2000000)` }],
    ['an empty key', { key: "''" }],
    ['a long type', { type: `repeat('x', 2000000)` }],
    ['a long traceparent', { trace: `repeat('x', 2000000)` }],
    ['no id', { id: 'NULL' }],
    ['version 0', { version: '0' }],
    ['schema version 0', { schema: '0' }],
    ['a schema version that the contracts do not have', { schema: '99' }],
    ['a type that the contracts do not have', { type: "'OrderEaten'" }],
    ['a type of another aggregate', { type: "'ProductCreated'" }],
    ['a watermark', { kind: "'watermark'", type: "'Watermark'", topic: "'watermarks'" }],
    ['a time that is none', { time: "'-infinity'" }],
    ['a time that never comes', { time: "'infinity'" }],
    ['a time in the future', { time: "now() + interval '1 hour'" }],
    ['a random source id', { source: 'gen_random_uuid()' }],
  ])('%s', async (_, row) => {
    const count = () => stack.query('SELECT count(*) FROM outbox');
    const before = await count();
    await expect(insert(row)).rejects.toThrow(/outbox/);
    expect(await count()).toEqual(before);
  });
});

describe('the set-up', () => {
  test.each([
    'connect-offsets',
    '__transaction_state',
    'no topic',
    '.',
    'x'.repeat(250),
    'product-events',
  ])('refuses ORDER_TOPIC=%s', async (topic) => {
    const config = readMigrationConfig({ ...environment(stack.postgres), ORDER_TOPIC: topic });
    await expect(migrate(config, silent)).rejects.toThrow(/outbox_topics/);
  });

  test('with another ORDER_TOPIC: rows follow, and a service of the old name is not ready and changes nothing', async () => {
    const order = { customerId: 1, items: [{ productId: 1, quantity: 1, price: 1 }] };
    await stack.http.post('/api/products', { name: 'a', category: 'b', price: 1 });
    expect((await stack.http.post('/api/orders', order)).status).toBe(201);
    const renamed = { ...environment(stack.postgres), ORDER_TOPIC: 'orders-2' };
    await migrate(readMigrationConfig(renamed), silent);
    expect(
      await stack.query('SELECT DISTINCT aggregatetype AS kind, topic FROM outbox ORDER BY 1'),
    ).toEqual([
      { kind: 'order', topic: 'orders-2' },
      { kind: 'product', topic: 'product-events' },
    ]);
    const { status, body } = await stack.http.get('/health/ready');
    expect(status).toBe(503);
    expect(body.reasons).toEqual([
      "order events go to order-events here, and to orders-2 by the database's set-up: run the migrations",
    ]);
    expect((await stack.http.post('/api/orders', order)).status).toBe(503);
    expect(await stack.query('SELECT count(*)::int FROM orders')).toEqual([{ count: 1 }]);

    await migrate(readMigrationConfig(environment(stack.postgres)), silent);
    await untilReady(stack.service);
    expect((await stack.http.post('/api/orders', order)).status).toBe(201);
  });
});
