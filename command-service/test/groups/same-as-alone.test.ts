import { seeded } from 'local/seeded';
import { currentVersion, readPayload } from 'contracts/events';
import { armFailpoints, disarmFailpoints } from 'service-kit/failpoints';
import { orderCreated } from '../../src/orders/order';
import { findOrder } from '../../src/orders/table';
import type { Answer } from '../support/http';
import { connectedTo, useTestService, type TestService } from '../support/service';

const products = 5;
const inGroups = useTestService();
const alone = useTestService();
beforeAll(async () => {
  for (const { http } of [inGroups, alone]) {
    for (let n = 1; n <= products; n++) {
      await http.post('/api/products', { name: `P${n}`, category: 'C', price: n });
    }
  }
});

interface Request {
  readonly body: { customerId: number; items: object[]; placedAt?: string };
  readonly headers: Record<string, string>;
}

/** A customer of its own for each order. */
function request(customerId: number, random: (below: number) => number): Request {
  const unknown = random(8) === 0;
  const items = Array.from({ length: 1 + random(random(10) === 0 ? 200 : 4) }, () => ({
    productId: 1 + random(unknown ? products + 3 : products),
    quantity: 1 + random(10_000),
    price: random(99_999_999) / 100,
  }));
  const hours = random(40) - 37;
  const placedAt = new Date(1_700_000_000_000 + customerId * 997).toISOString();
  const inFuture = new Date(Date.now() + hours * 3_600_000).toISOString();
  return {
    body: {
      customerId,
      items,
      ...(random(3) === 0 && { placedAt: hours > 0 ? inFuture : placedAt }),
    },
    headers: random(2) === 0 ? { 'Idempotency-Key': `"key ${customerId}"`.replace(' ', '-') } : {},
  };
}

const send = ({ http }: TestService, { body, headers }: Request) =>
  http.post('/api/orders', body, headers);

/** Without what differs between any two orders: the id, and the time of one that is placed now. */
function said({ status, text }: Answer, { body }: Request): unknown {
  const { id, placedAt, ...rest } = JSON.parse(text) as Record<string, unknown>;
  return { status, ...rest, isPlaced: typeof id, placedAt: body.placedAt && placedAt };
}

/** All rows of the orders, by their customers, without ids and without times that the database gave. */
const rowsOf = (service: TestService) =>
  service.query(
    `SELECT customer_id, status, version, placed_at = created_at AS "now", created_at = updated_at AS "new",
            CASE WHEN placed_at <> created_at THEN placed_at END AS "placedAt",
            (SELECT json_agg(json_build_array(position, product_id, quantity, price_cents) ORDER BY position)
             FROM order_items WHERE order_id = orders.id) AS items,
            (SELECT json_agg(json_build_array(type, topic, aggregateversion, schemaversion, occurredat = updated_at,
                                              payload::jsonb - '{orderId,placedAt,occurredAt}'::text[]))
             FROM outbox WHERE aggregatetype = 'order' AND aggregateid = orders.id::text) AS events,
            (SELECT count(*)::int FROM idempotency_keys WHERE key = 'key-' || customer_id) AS keys
     FROM orders ORDER BY customer_id`,
  );

test.each([1, 2, 3])(
  'orders that come at once leave and answer what the same orders do one after another (seed %i)',
  async (seed) => {
    const random = seeded(seed);
    const requests = Array.from({ length: 150 }, (_, n) => request(seed * 1_000 + n, random));
    armFailpoints('place-orders=delay:300');
    const together = await Promise.all(requests.map((one) => send(inGroups, one)));
    disarmFailpoints();
    for (const [n, one] of requests.entries()) {
      const answer = await send(alone, one);
      expect(said(together[n] as Answer, one)).toEqual(said(answer, one));
    }
    const statuses = new Set(together.map(({ status }) => status));
    expect([...statuses].sort()).toEqual([201, 422]);
    expect(await rowsOf(inGroups)).toEqual(await rowsOf(alone));

    const transactions = await inGroups.query('SELECT DISTINCT xmin::text FROM orders');
    expect(transactions.length).toBeLessThan((seed * requests.length) / 2);
  },
);

test('each answer, and each event, is that of its own order', async () => {
  const random = seeded(4);
  const requests = Array.from({ length: 100 }, (_, n) => request(90_000 + n, random));
  const answers = await Promise.all(requests.map((one) => send(inGroups, one)));
  const events = await inGroups.query<{ id: string; payload: unknown }>(
    `SELECT aggregateid AS id, payload FROM outbox WHERE aggregatetype = 'order'`,
  );
  const payloads = new Map(events.map(({ id, payload }) => [id, payload]));
  const database = await connectedTo(inGroups.postgres);
  for (const [n, answer] of answers.entries()) {
    if (answer.status !== 201) continue;
    const id = Number(answer.body.id);
    expect(answer.body.customerId).toBe(requests[n]?.body.customerId);
    expect((await inGroups.http.get(`/api/orders/${id}`)).text).toBe(answer.text);
    const order = await database.read((sql) => findOrder(sql, id));
    expect(payloads.get(String(id))).toEqual(order && orderCreated(order).payload);
    readPayload('OrderCreated', currentVersion.OrderCreated, payloads.get(String(id)));
    const again = await send(inGroups, requests[n] as Request);
    if (requests[n]?.headers['Idempotency-Key'] !== undefined) {
      expect(again.text).toBe(answer.text);
    }
  }
  await database.close();
});
