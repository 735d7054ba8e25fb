import { sideBySide } from '../src/merge';
import { correction, standing, type State, stateFinding } from '../src/states';

const state = (version: number, isCancelled = false): State => ({
  id: 7,
  version,
  status: isCancelled ? 'CANCELLED' : 'CREATED',
});

test.each([
  ['the same version, both counted', state(2), state(2), 'equal'],
  ['the same version, cancelled in one only', state(2, true), state(2), 'miscounted'],
  ['an older version', state(3), state(2), 'behind'],
  ['never heard of it', state(1), undefined, 'behind'],
  ['a version that PostgreSQL has not written', state(1), state(2), 'ahead'],
  ['an order that PostgreSQL does not have', undefined, state(1), 'unknown'],
] as const)('%s', (_, truth, known, expected) => {
  expect(standing(truth, known)).toBe(expected);
});

test.each([
  ['an order that has not arrived', state(1), undefined, -1],
  ['a cancelled order that has not arrived', state(2, true), undefined, 0],
  ['a cancellation that has not arrived', state(2, true), state(1), 1],
  ['a shipment that has not arrived', state(2), state(1), 0],
  ['a wrong count at the same version: PostgreSQL is right', state(2, true), state(2), 0],
] as const)('%s: the sums are corrected', (_, truth, known, sign) => {
  expect(correction(truth, known)).toBe(sign);
});

test('a finding names the aggregate, both versions and the parked record', () => {
  expect(stateFinding('order', state(2), undefined, 'order-events/3@17 is parked: x')).toEqual({
    key: 'order:7',
    problem: 'missing',
    expected: 'version 2',
    found: 'none',
    difference: null,
    because: 'order-events/3@17 is parked: x',
  });
  expect(stateFinding('order', state(2, true), state(2))).toMatchObject({
    expected: 'version 2 CANCELLED',
    found: 'version 2 CREATED',
  });
});

test('two streams are walked through side by side', async () => {
  const pairs: unknown[] = [];
  for await (const pair of sideBySide([1, 2, 4], [2, 3, 5], (a, b) => a - b)) pairs.push(pair);
  expect(pairs).toEqual([
    [1, undefined],
    [2, 2],
    [undefined, 3],
    [4, undefined],
    [undefined, 5],
  ]);
});
