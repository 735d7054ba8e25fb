import { armFailpoints, disarmFailpoints } from 'service-kit/failpoints';
import { until } from 'local/until';
import { Conformance } from '../../service-kit/test/support/conformance';
import { useTestService } from './support/service';

const product = { name: 'Laptop', category: 'Electronics', price: 500 };
const order = { customerId: 1, items: [{ productId: 1, quantity: 2, price: 500 }] };

const stack = useTestService();
let conformance: Conformance;

beforeAll(async () => {
  conformance = await Conformance.of(`http://127.0.0.1:${stack.service.port}`);
});
afterEach(disarmFailpoints);

/** Expects this status, in an answer that the document foresees. */
async function expectAnswer(status: number, method: string, path: string, more: RequestInit = {}) {
  const answer = await stack.http.send(path, { method, ...more });
  expect(`${method} ${path} ${answer.status}`).toBe(`${method} ${path} ${status}`);
  conformance.check(method, path, answer);
}

const json = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  headers: { 'Content-Type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
const keyed = (body: unknown, key: string) => json(body, { 'Idempotency-Key': key });
const tooLarge = json({ name: 'x'.repeat(300_000) });

test('every answer is one that the document describes, and each that it describes is given', async () => {
  await creations('/api/products', product, { ...product, price: 1 });
  await creations('/api/orders', order, { ...order, customerId: 2 });
  const later = new Date(Date.now() + 86_400_000).toISOString();
  await expectAnswer(422, 'POST', '/api/orders', json({ ...order, placedAt: later }));
  await expectAnswer(422, 'POST', '/api/orders', json(ofUnknownProduct));

  const status = '/api/orders/1/status';
  await expectAnswer(412, 'PUT', status, json({ status: 'SHIPPED' }, { 'If-Match': '"7"' }));
  await expectAnswer(200, 'PUT', status, json({ status: 'SHIPPED' }));
  await expectAnswer(409, 'PUT', status, json({ status: 'CREATED' }));
  await expectAnswer(400, 'PUT', status, json({ status: 'LOST' }));
  await expectAnswer(404, 'PUT', '/api/orders/99/status', json({ status: 'SHIPPED' }));
  await expectAnswer(413, 'PUT', status, tooLarge);
  await expectAnswer(415, 'PUT', status, { body: 'SHIPPED' });
  for (const path of ['/api/products', '/api/orders']) {
    await expectAnswer(200, 'GET', `${path}/1`);
    await expectAnswer(304, 'GET', `${path}/1`, { headers: { 'If-None-Match': '*' } });
    await expectAnswer(400, 'GET', `${path}/1`, { headers: { 'If-Match': '1' } });
    await expectAnswer(404, 'GET', `${path}/99`);
    await expectAnswer(412, 'GET', `${path}/1`, { headers: { 'If-Match': '"7"' } });
  }
  for (const list of ['/api/products', '/api/orders']) {
    await expectAnswer(200, 'GET', list);
    await expectAnswer(400, 'GET', `${list}?limit=0`);
  }
  await expectAnswer(200, 'GET', '/health/live');
  await expectAnswer(200, 'GET', '/health/ready');

  await stack.postgres.kill();
  await expectAnswer(503, 'GET', '/health/ready');
  await expectAnswer(503, 'POST', '/api/products', json(product));
  await expectAnswer(503, 'POST', '/api/orders', json(order));
  await expectAnswer(503, 'PUT', status, json({ status: 'DELIVERED' }));
  await expectAnswer(503, 'GET', '/api/products');
  await expectAnswer(503, 'GET', '/api/orders');
  await expectAnswer(503, 'GET', '/api/products/1');
  await expectAnswer(503, 'GET', '/api/orders/1');

  expect(conformance.unseen()).toEqual([]);
});

const ofUnknownProduct = { customerId: 1, items: [{ productId: 99, quantity: 1, price: 1 }] };

/** What a POST of a new entity may be answered while the database is there. */
async function creations(path: string, body: object, otherBody: object) {
  await expectAnswer(201, 'POST', path, keyed(body, '"first"'));
  await expectAnswer(201, 'POST', path, keyed(body, '"first"'));
  await expectAnswer(422, 'POST', path, keyed(otherBody, '"first"'));
  await expectAnswer(400, 'POST', path, json({}));
  await expectAnswer(413, 'POST', path, tooLarge);
  await expectAnswer(415, 'POST', path, { body: 'text' });

  armFailpoints('find-answer=delay:60000,place-orders=delay:60000');
  const underWay = expectAnswer(201, 'POST', path, keyed(body, '"second"'));
  await until(async () => {
    // A product's command holds the lock; an order's is committed, and not yet answered.
    const begun = await stack.query(
      `SELECT FROM pg_locks WHERE locktype = 'advisory'
       UNION ALL SELECT FROM idempotency_keys WHERE key = 'second' AND route = 'POST ' || $1`,
      [path],
    );
    expect(begun).toHaveLength(1);
  }, 60_000);
  await expectAnswer(409, 'POST', path, keyed(body, '"second"'));
  disarmFailpoints();
  await underWay;
}
