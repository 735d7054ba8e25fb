import fc from 'fast-check';
import { Client } from 'pg';
import { useTestService } from './support/service';
import type { Answer } from './support/http';

/** Fixed, so that a run is as long as the one before; a failure prints its seed and the smallest body. */
const runs = 1_000;

let client: Client;
afterAll(() => client.end());
const stack = useTestService();
beforeAll(async () => {
  const { host, port, database, user, password } = stack.postgres;
  client = new Client({ host, port, database, user, password });
  await client.connect();
  await stack.http.post('/api/products', { name: 'Laptop', category: 'Electronics', price: 500 });
  await stack.http.post('/api/orders', {
    customerId: 1,
    items: [{ productId: 1, quantity: 1, price: 1 }],
  });
});

const price = fc.oneof(
  fc.integer({ min: 0, max: 99_999_999 }).map((cents) => cents / 100),
  fc.double(),
  fc.constantFrom(0.07, -0.01, 1e300, '1'),
);
const id = fc.oneof(
  { weight: 4, arbitrary: fc.constant(1) },
  fc.maxSafeInteger(),
  fc.constantFrom(0, 2 ** 53, 1.5, '1', null),
);
const text = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 210 }),
  fc.constantFrom('a\0', '\uD800', "'; DROP TABLE outbox; --", '', 'x'.repeat(201)),
);
const quantity = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 10_000 }) },
  fc.integer(),
  fc.double(),
);
const placedAt = fc.oneof(
  fc
    .date({ min: new Date(0), max: new Date('2026-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString()),
  fc.string(),
);

/** A valid request, as good as always, or one with some of its members changed, missing or added. */
const mutated = (valid: fc.Arbitrary<object>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 3, arbitrary: valid },
    fc
      .tuple(valid, fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 2 }))
      .map(([a, b]) => ({ ...a, ...b })),
    fc.tuple(valid, fc.nat(), fc.jsonValue()).map(([request, n, value]) => {
      const names = Object.keys(request);
      return { ...request, [names[n % names.length] ?? 'x']: value };
    }),
    fc.tuple(valid, fc.nat()).map(([request, n]) => {
      const members = Object.entries(request);
      return Object.fromEntries(members.filter((_, at) => at !== n % members.length));
    }),
  );

const product = mutated(fc.record({ name: text, category: text, price }));
const item = fc.record({ productId: id, quantity, price });
const items = fc.oneof(
  { weight: 9, arbitrary: fc.array(item, { maxLength: 4 }) },
  fc.array(item, { minLength: 499, maxLength: 502, size: 'max' }),
);
const order = mutated(
  fc.record({ customerId: id, items, placedAt }, { requiredKeys: ['customerId', 'items'] }),
);
const status = mutated(
  fc.record({ status: fc.constantFrom('CREATED', 'SHIPPED', 'DELIVERED', 'CANCELLED', 'LOST') }),
);
const goodOrder = fc.record({
  customerId: fc.integer({ min: 1 }),
  items: fc.array(
    fc.record({
      productId: fc.constant(1),
      quantity: fc.integer({ min: 1, max: 10_000 }),
      price: fc.integer({ min: 0, max: 99_999_999 }).map((cents) => cents / 100),
    }),
    { minLength: 1, maxLength: 5 },
  ),
});

/** The body as text: JSON most of the time, now and then cut short or no JSON at all. */
const written = (body: fc.Arbitrary<unknown>) =>
  fc.oneof(
    { weight: 12, arbitrary: body.map((value) => JSON.stringify(value)) },
    { weight: 2, arbitrary: fc.json() },
    fc.string(),
    fc.tuple(body, fc.nat()).map(([value, at]) => JSON.stringify(value).slice(0, at % 40)),
  );

const key = fc.option(fc.constantFrom('"a"', '"b"', 'c', '', '"d'), { nil: undefined, freq: 3 });
const request = fc.oneof(
  fc.record({ path: fc.constant('/api/products'), body: written(product), key }),
  fc.record({ path: fc.constant('/api/orders'), body: written(order), key }),
  fc.record({
    path: fc.constant('/api/orders'),
    body: goodOrder.map((o) => JSON.stringify(o)),
    key,
  }),
  fc.record({
    path: fc.integer({ min: 1, max: 30 }).map((n) => `/api/orders/${n}/status`),
    body: written(status),
    key,
  }),
);

interface State {
  readonly events: number;
  readonly versions: number;
  readonly keys: number;
}

/** Each version of an entity is one event: both numbers are the same, always. */
async function state(): Promise<State> {
  const { rows } = await client.query<State>(
    `SELECT (SELECT count(*)::int FROM outbox) AS events,
            (SELECT count(*)::int FROM products) + (SELECT coalesce(sum(version), 0)::int FROM orders) AS versions,
            (SELECT count(*)::int FROM idempotency_keys) AS keys`,
  );
  const [found] = rows;
  if (found === undefined) throw new Error('no state');
  return found;
}

/** How many events there are of the version that an answer shows. */
async function eventsOf(path: string, { body, headers }: Answer): Promise<number> {
  const { rowCount } = await client.query(
    `SELECT FROM outbox WHERE aggregatetype = $1 AND aggregateid = $2 AND aggregateversion = $3`,
    [
      path.startsWith('/api/orders') ? 'order' : 'product',
      String(body.id),
      Number(headers.get('etag')?.replaceAll('"', '')),
    ],
  );
  return rowCount ?? 0;
}

test(`${runs} random requests: never a 5xx, one event for what every 2xx shows, nothing for the rest`, async () => {
  const seen: Record<number, number> = {};
  let before = await state();
  await fc.assert(
    fc.asyncProperty(request, async ({ path, body, key }) => {
      const answer = await stack.http.send(path, {
        method: path.endsWith('status') ? 'PUT' : 'POST',
        headers: {
          'Content-Type': 'application/json',
          ...(key === undefined ? {} : { 'Idempotency-Key': key }),
        },
        body,
      });
      seen[answer.status] = (seen[answer.status] ?? 0) + 1;
      const after = await state();
      const written = after.events - before.events;
      before = after;

      expect(answer.status).toBeLessThan(500);
      expect(after.events).toBe(after.versions);
      if (answer.status < 300) {
        expect(await eventsOf(path, answer)).toBe(1);
        const repeated = answer.headers.has('idempotency-replayed');
        const creates = answer.status === 201 && !repeated;
        if (creates) expect(written).toBe(1);
        if (repeated) expect(written).toBe(0);
      } else {
        expect(answer.headers.get('content-type')).toBe('application/problem+json');
        expect(written).toBe(0);
      }
    }),
    { numRuns: runs },
  );
  // A search that only ever meets refusals would prove nothing.
  for (const status of [200, 201, 400, 404, 409, 422])
    expect([status, seen[status]]).toEqual([status, expect.any(Number)]);
});
