import fc from 'fast-check';
import { fold, isCounted, type Known, type KnownOrder } from '../src/apply/changes';
import { decode, type OrderEvent, type ProductEvent } from '../src/apply/event';
import { fetched, item, order, product, type TestEvent } from './support/events';

type Event = OrderEvent | ProductEvent;

/** What the views show: sums per product and hour and per customer, orders per status, each product. */
function totals(batches: Event[][]) {
  const orders = new Map<number, KnownOrder>();
  const products = new Map<number, number>();
  const known: Known = { orders, products };
  const sums = new Map<string, number>();
  const described = new Map<number, string>();
  for (const batch of batches) {
    const folded = fold(batch, known);
    folded.orders.forEach((state, id) => orders.set(id, state));
    folded.products.forEach((version, id) => products.set(id, version));
    for (const { productId, hour, cents } of folded.changes.sales) {
      const key = `${productId}@${hour}`;
      sums.set(key, (sums.get(key) ?? 0) + cents);
    }
    for (const { productId, name, category } of folded.changes.products) {
      described.set(productId, `${name} in ${category}`);
    }
    for (const { customerId, from, to, cents } of folded.changes.orders) {
      const sign = Number(isCounted(to)) - Number(isCounted(from));
      for (const [key, change] of [
        [`${from}`, from === null ? 0 : -1],
        [to, 1],
        [`customer ${customerId}`, sign * cents],
      ] as const) {
        sums.set(key, (sums.get(key) ?? 0) + change);
      }
    }
  }
  const nonZero = [...sums].filter(([, cents]) => cents !== 0);
  return { sums: new Map(nonZero), described, orders };
}

function read(event: TestEvent): Event {
  const decoded = decode(fetched(event, 0));
  if (decoded.kind !== 'event') throw new Error(JSON.stringify(decoded));
  return decoded.event;
}

const lives = [
  ['CREATED'],
  ['CREATED', 'SHIPPED'],
  ['CREATED', 'SHIPPED', 'DELIVERED'],
  ['CREATED', 'CANCELLED'],
];

const history = fc
  .array(
    fc.record({
      life: fc.constantFrom(...lives),
      items: fc.array(
        fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 9 }), fc.nat(999)),
        { minLength: 1, maxLength: 3 },
      ),
      hour: fc.integer({ min: 0, max: 23 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((orders) => [
    ...[1, 2, 3].map((id) => read(product(id, `category ${id % 2}`))),
    ...orders.flatMap(({ life, items, hour }, index) =>
      life.map((status, version) =>
        read(
          order(
            index + 1,
            items.map(([id, quantity, cents]) =>
              item(
                id,
                quantity,
                `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`,
              ),
            ),
            {
              version: version + 1,
              customerId: 1 + (index % 3),
              status,
              placedAt: `2026-02-27T${String(hour).padStart(2, '0')}:00:00.000Z`,
            },
          ),
        ),
      ),
    ),
  ]);

test('any order, repetition and batching of a history ends in the same totals', () => {
  fc.assert(
    fc.property(
      history.chain((events) =>
        fc.tuple(
          fc.constant(events),
          // Every event at least once, some more often, in any order.
          fc.array(fc.constantFrom(...events), { maxLength: 10 }).chain((repeated) =>
            fc.shuffledSubarray([...events, ...repeated], {
              minLength: events.length + repeated.length,
            }),
          ),
          fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
        ),
      ),
      ([events, shuffled, sizes]) => {
        const batches: Event[][] = [];
        for (let at = 0, i = 0; at < shuffled.length; i++) {
          const size = sizes[i % sizes.length] ?? 1;
          batches.push(shuffled.slice(at, at + size));
          at += size;
        }
        expect(totals(batches)).toEqual(totals([events]));
      },
    ),
    { numRuns: 1_000 },
  );
});

test('a skipped version is reported as a gap and applied all the same', () => {
  const events = [1, 3].map((version) => read(order(7, [item(1, 1, '1.00')], { version })));

  const folded = fold(events, { orders: new Map(), products: new Map() });

  expect(folded.gaps).toEqual([{ aggregate: 'order:7', from: 1, to: 3 }]);
  expect(folded.applied).toBe(2);
});
