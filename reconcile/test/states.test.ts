import { mergeJoin } from '../src/snapshots/merge-join';
import { standing, type State, stateFinding } from '../src/versions/state';

const state = (version: number, isCancelled = false, content = 1): State => ({
  id: 7,
  version,
  content,
  status: isCancelled ? 'CANCELLED' : 'CREATED',
});

test.each([
  ['the same version, both counted', state(2), state(2), 'equal'],
  ['the same version, cancelled in one only', state(2, true), state(2), 'changed'],
  ['the same version with other items', state(2), state(2, false, 2), 'changed'],
  ['an older version', state(3), state(2), 'behind'],
  ['never heard of it', state(1), undefined, 'behind'],
  ['a version that PostgreSQL has not written', state(1), state(2), 'ahead'],
  ['an order that PostgreSQL does not have', undefined, state(1), 'unknown'],
] as const)('%s', (_, truth, known, expected) => {
  expect(standing(truth, known)).toBe(expected);
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
    expected: 'version 2 CANCELLED (1)',
    found: 'version 2 CREATED (1)',
  });
});

test('two streams of pages are joined by their keys', async () => {
  const pairs: unknown[] = [];
  await mergeJoin(
    pagesOf([[], [1, 2], [4]]),
    pagesOf([[2], [], [3, 5], []]),
    (a, b) => a - b,
    (...pair) => pairs.push(pair),
  );
  expect(pairs).toEqual([
    [1, undefined],
    [2, 2],
    [undefined, 3],
    [4, undefined],
    [undefined, 5],
  ]);
});

async function* pagesOf(pages: number[][]): AsyncGenerator<number[]> {
  for (const page of pages) yield await Promise.resolve(page);
}
