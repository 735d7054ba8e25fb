import { query } from 'local/query';
import {
  startTemporaryPostgres,
  type TemporaryPostgres,
} from '../../../local/test/support/temporary';
import { readMigrationConfig } from '../../src/config';
import { failpoints } from '../../src/failpoints';
import { migrate } from '../../src/migrate';
import { startService } from '../../src/service';
import { type HttpClient, httpClient } from '../support/http';
import { startServiceProcess } from '../support/process';
import { config, environment, silent, untilReady } from '../support/service';
import { openWire } from '../support/wire';

let postgres: TemporaryPostgres;
beforeAll(async () => {
  postgres = await startTemporaryPostgres();
  await migrate(readMigrationConfig(environment(postgres)), silent);
});
afterAll(() => postgres.stop());
beforeEach(() =>
  query(
    postgres,
    'TRUNCATE products, orders, order_items, outbox, idempotency_keys RESTART IDENTITY',
  ),
);

const createProduct = (http: HttpClient) =>
  http.post('/api/products', { name: 'Laptop', category: 'Electronics', price: 500 });
const placeOrder = (http: HttpClient, key: string) =>
  http.post(
    '/api/orders',
    { customerId: 1, items: [{ productId: 1, quantity: 2, price: 500 }] },
    { 'Idempotency-Key': key },
  );

/** One order, and its one event, the same that the answer tells of. */
async function expectOneOrder(): Promise<void> {
  expect(await query(postgres, 'SELECT id FROM orders')).toEqual([{ id: '1' }]);
  const events = await query(
    postgres,
    `SELECT aggregateid, aggregateversion FROM outbox WHERE aggregatetype = 'order'`,
  );
  expect(events).toEqual([{ aggregateid: '1', aggregateversion: 1 }]);
}

/** The answer that was stored, as it would have gone over the wire. */
async function storedAnswer(): Promise<unknown> {
  const [stored] = await query(postgres, 'SELECT status, headers, body FROM idempotency_keys');
  return stored;
}

test('a service killed between commit and answer: the retry gets the original answer, and there is one order', async () => {
  const first = await startServiceProcess(postgres);
  await createProduct(first.http);
  await first.kill();

  const dying = await startServiceProcess(postgres, { FAILPOINTS: `${failpoints.committed}=kill` });
  await expect(placeOrder(dying.http, '"k"')).rejects.toThrow();
  expect((await dying.exited).signal).toBe('SIGKILL');
  await expectOneOrder();
  const original = await storedAnswer();

  const restarted = await startServiceProcess(postgres);
  try {
    const retried = await placeOrder(restarted.http, '"k"');
    expect(retried.headers.get('idempotency-replayed')).toBe('true');
    expect({
      status: retried.status,
      headers: {
        'Consistency-Token': retried.headers.get('consistency-token'),
        'Content-Type': retried.headers.get('content-type'),
        ETag: retried.headers.get('etag'),
        Location: retried.headers.get('location'),
      },
      body: retried.text,
    }).toEqual(original);
    expect(retried.body).toMatchObject({ id: 1, customerId: 1, status: 'CREATED' });
    expect((await placeOrder(restarted.http, '"k"')).text).toBe(retried.text);
    await expectOneOrder();
  } finally {
    await restarted.kill();
  }
});

test('a commit that was not confirmed, which is 503: the retry gets the original answer, and there is one order', async () => {
  const wire = await openWire(postgres);
  const { database, ...rest } = config(postgres);
  const service = await startService(
    { ...rest, database: { ...database, port: wire.port } },
    silent,
  );
  try {
    await untilReady(service);
    const http = httpClient(service.port);
    await createProduct(http);
    wire.cutAfter('"key":"k"');
    const unconfirmed = await placeOrder(http, '"k"');
    expect(unconfirmed.status).toBe(503);
    expect(unconfirmed.body.outcome).toBe('unknown');
    expect(unconfirmed.body.detail).toMatch(/same Idempotency-Key/);

    const retried = await placeOrder(http, '"k"');
    expect(retried.status).toBe(201);
    expect(retried.headers.get('idempotency-replayed')).toBe('true');
    expect(await storedAnswer()).toMatchObject({ status: 201, body: retried.text });
    await expectOneOrder();
  } finally {
    await service.stop();
    await wire.close();
  }
});
