import { validate as isUuid, version as uuidVersion } from 'uuid';
import { currentVersion, type EventType, readPayload } from 'contracts/events';
import { orderCreated } from '../src/orders/order';
import { findOrder } from '../src/orders/table';
import { connectedTo, useTestService } from './support/service';

interface OutboxRow {
  id: string;
  aggregatetype: string;
  aggregateid: string;
  type: EventType;
  payload: unknown;
  topic: string;
  aggregateversion: number;
  schemaversion: number;
  sourceid: string;
  traceparent: string;
  occurredat: Date;
}

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const stack = useTestService();
let rows: OutboxRow[];

beforeAll(async () => {
  const { http } = stack;
  const headers = { traceparent };
  await http.post('/api/products', { name: '\u{1F4BB}', category: 'C', price: 0.07 }, headers);
  await http.post(
    '/api/orders',
    {
      customerId: 9007199254740991,
      items: [{ productId: 1, quantity: 2, price: 0.14 }],
      placedAt: '2026-02-27T09:15:00Z',
    },
    headers,
  );
  await http.put('/api/orders/1/status', { status: 'SHIPPED' }, headers);
  await http.put('/api/orders/1/status', { status: 'SHIPPED' }, headers);
  rows = await stack.query<OutboxRow>('SELECT * FROM outbox ORDER BY id');
});

test('each command that changed something wrote one event, and the no-op none', () => {
  expect(
    rows.map((row) => [row.type, row.aggregatetype, row.aggregateid, row.aggregateversion]),
  ).toEqual([
    ['ProductCreated', 'product', '1', 1],
    ['OrderCreated', 'order', '1', 1],
    ['OrderStatusUpdated', 'order', '1', 2],
  ]);
});

test('every payload keeps the contract and is the full state', () => {
  const payloads = rows.map((row) => readPayload(row.type, row.schemaversion, row.payload));
  const order = {
    orderId: 1,
    customerId: 9007199254740991,
    status: 'CREATED',
    items: [{ productId: 1, quantity: 2, price: '0.14' }],
    placedAt: '2026-02-27T09:15:00.000Z',
    occurredAt: rows[1]?.occurredat.toISOString(),
  };
  expect(payloads).toMatchObject([
    {
      productId: 1,
      name: '\u{1F4BB}',
      category: 'C',
      price: '0.07',
      occurredAt: rows[0]?.occurredat.toISOString(),
    },
    order,
    { ...order, status: 'SHIPPED', occurredAt: rows[2]?.occurredat.toISOString() },
  ]);
});

test('the event that a new order writes by its own statement is the one that its builder makes', async () => {
  await stack.http.post('/api/orders', {
    customerId: 1,
    items: [
      { productId: 1, quantity: 10_000, price: 999_999.99 },
      { productId: 1, quantity: 1, price: 0 },
    ],
  });
  const [written] = await stack.query<OutboxRow>(
    `SELECT * FROM outbox WHERE aggregatetype = 'order' AND aggregateid = '2'`,
  );
  const database = await connectedTo(stack.postgres);
  const order = await database.read((sql) => findOrder(sql, 2));
  await database.close();
  expect(written?.payload).toEqual(order && orderCreated(order).payload);
});

test('the columns that become headers say where it goes and where it comes from', async () => {
  const [source] = await stack.query<{ id: string }>('SELECT source_id AS id FROM source');
  expect(rows.map((row) => row.topic)).toEqual(['product-events', 'order-events', 'order-events']);
  for (const row of rows) {
    const schemaversion = currentVersion[row.type];
    expect(row).toMatchObject({ schemaversion, sourceid: source?.id, traceparent });
    expect(isUuid(row.id) && uuidVersion(row.id)).toBe(7);
  }
});
