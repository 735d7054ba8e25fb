import fc from 'fast-check';
import {
  fold,
  foldInPieces,
  isCounted,
  type AppliedOrder,
  type AppliedRow,
  type AppliedVersions,
} from '../src/model/changes';
import { orderContent } from '../src/model/content';
import type { Event, OrderEvent } from '../src/model/event';
import { nothingApplied } from './support/changes';
import { item, order, product, read } from './support/events';

/** What the views show: sums per product and hour and per customer, orders per status, each product. */
function totals(batches: Event[][]) {
  const orders = new Map<number, AppliedOrder>();
  const products = new Map<number, AppliedRow>();
  const known: AppliedVersions = { ...nothingApplied, orders, products };
  const sums = new Map<string, number>();
  const described = new Map<number, string>();
  for (const batch of batches) {
    const folded = fold(batch, known);
    folded.newest.orders.forEach((state, id) => orders.set(id, state));
    folded.newest.products.forEach((state, id) => products.set(id, state));
    for (const { productId, hour, cents } of folded.changes.sales) {
      const key = `${productId}@${hour}`;
      sums.set(key, (sums.get(key) ?? 0) + cents);
    }
    for (const { id, name, category } of folded.changes.products) {
      described.set(id, `${name} in ${category}`);
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

  const folded = fold(events, nothingApplied);

  expect(folded.gaps).toEqual([{ aggregate: 'order:7', from: 1, to: 3 }]);
  expect(folded.applied).toBe(2);
});

/** An order of two contents: told as A, corrected by two events, then on its way as B. */
const corrected = (a: string, b: string): OrderEvent[] =>
  [
    order(7, [item(1, 1, a)]),
    order(7, [item(1, 1, a)], { version: 2, status: 'CANCELLED' }),
    order(7, [item(1, 2, b), item(2, 1, b)], { version: 3, status: 'CREATED', customerId: 2 }),
    order(7, [item(1, 2, b), item(2, 1, b)], { version: 4, status: 'SHIPPED', customerId: 2 }),
  ].map(read) as OrderEvent[];

test('a correction ends in the totals of the order as it is now', () => {
  const [first, , , last] = corrected('5.00', '7.00');
  if (first === undefined || last === undefined) throw new Error('no events');
  const alone = totals([[{ ...last, version: 1 }]]);
  for (const batches of [
    [corrected('5.00', '7.00')],
    corrected('5.00', '7.00').map((event) => [event]),
    [[...corrected('5.00', '7.00'), ...corrected('5.00', '7.00')]],
  ]) {
    expect(totals(batches).sums).toEqual(alone.sums);
  }
});

test('of a correction in any order, torn, or repeated, the totals are those of the version that is known', () => {
  const events = corrected('5.00', '7.00');
  const anyOf = fc.array(fc.constantFrom(...events), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(anyOf, fc.integer({ min: 1, max: 4 }), (delivered, size) => {
      const batches: Event[][] = [];
      for (let at = 0; at < delivered.length; at += size) {
        batches.push(delivered.slice(at, at + size));
      }
      const { sums, orders } = totals(batches);
      const known = events.find(({ version }) => version === orders.get(7)?.version);
      if (known === undefined) throw new Error('nothing was applied');
      expect(sums).toEqual(totals([[known]]).sums);
    }),
    { numRuns: 2_000 },
  );
});

test('an event of another content is refused while the order counts, and says what to run', () => {
  const [first, takenOut, second] = corrected('5.00', '5.01');
  if (first === undefined || second === undefined || takenOut === undefined)
    throw new Error('none');
  const known: AppliedVersions = fold([first], nothingApplied).newest;
  const torn = fold([second], known);
  expect(torn).toMatchObject({ applied: 0, duplicates: 0, gaps: [], changes: { sales: [] } });
  expect(torn.refused).toEqual([
    {
      event: second,
      reason: expect.stringMatching(/npm run reemit -- --as-is order:7$/) as string,
    },
  ]);
  expect(fold([takenOut, second], known)).toMatchObject({ applied: 2, refused: [] });
});

test.each([
  ['a price', [item(1, 1, '5.01')], {}],
  ['a quantity', [item(1, 2, '5.00')], {}],
  ['another product', [item(2, 1, '5.00')], {}],
  ['another line', [item(1, 1, '5.00'), item(1, 1, '0.00')], {}],
  ['another customer', [item(1, 1, '5.00')], { customerId: 2 }],
  ['another hour', [item(1, 1, '5.00')], { placedAt: '2026-02-27T10:15:00.000Z' }],
])('%s is another content', (_, items, more) => {
  const [before, after] = [
    order(7, [item(1, 1, '5.00')]),
    order(7, items, { version: 2, ...more }),
  ].map(read);
  if (before === undefined || after === undefined) throw new Error('none');
  expect(fold([before, after], nothingApplied).refused).toHaveLength(1);
});

test('what one line gains does not make up for what another one loses', () => {
  const lines = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 })),
    {
      minLength: 2,
      maxLength: 6,
    },
  );
  fc.assert(
    fc.property(lines, fc.integer({ min: 1, max: 40 }), (pairs, moved) => {
      const of = (shift: number): number =>
        orderContent({
          customerId: 1,
          hour: 0,
          items: pairs.map(([quantity, price], index) => ({
            productId: index + 1,
            quantity: quantity + 50 + (index === 0 ? shift : index === 1 ? -shift : 0),
            price: price as OrderEvent['items'][number]['price'],
          })),
        });
      expect(of(moved)).not.toBe(of(0));
    }),
  );
});

test('thousands of events are folded in pieces, with the same result', () => {
  const events = Array.from({ length: 2_100 }, (_, i) => read(order(i + 1, [item(1, 1, '5.00')])));
  const folding = foldInPieces(events, nothingApplied);
  let pieces = 1;
  let step = folding.next();
  for (; step.done !== true; step = folding.next()) pieces++;
  expect(pieces).toBe(5);
  expect(step.value).toEqual(fold(events, nothingApplied));
});
