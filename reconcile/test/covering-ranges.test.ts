import fc from 'fast-check';
import { formatRanges } from 'contracts/snapshot';
import { coveringRanges } from '../src/explain/covering-ranges';

const ids = fc
  .uniqueArray(fc.integer({ min: 1, max: 300 }), { maxLength: 100 })
  .map((some) => some.sort((a, b) => a - b));
const limit = fc.integer({ min: 1, max: 12 });

const idsIn = (ranges: ReturnType<typeof coveringRanges>): number[] =>
  ranges.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i));

test('contiguous ids are one range, and nothing lies between ranges that may be many', () => {
  expect(coveringRanges([], 1)).toEqual([]);
  expect(coveringRanges([7], 1)).toEqual([{ from: 7, to: 7 }]);
  expect(formatRanges(coveringRanges([1, 2, 3, 7, 9, 10], 3))).toBe('1-3,7-7,9-10');
});

test('where ranges would be too many, the narrowest gaps are closed', () => {
  expect(formatRanges(coveringRanges([1, 2, 3, 7, 9, 10], 2))).toBe('1-3,7-10');
  expect(formatRanges(coveringRanges([1, 2, 3, 7, 9, 10], 1))).toBe('1-10');
});

test('whatever the ids, they are covered by no more ranges than allowed, and alone where that suffices', () => {
  fc.assert(
    fc.property(ids, limit, (some, most) => {
      const ranges = coveringRanges(some, most);
      const covered = idsIn(ranges);
      const exact = some.filter((id) => !some.includes(id - 1)).length;
      expect(ranges).toHaveLength(Math.min(exact, most));
      expect(covered).toEqual(expect.arrayContaining(some));
      expect(covered).toEqual([...new Set(covered)].sort((a, b) => a - b));
      if (exact <= most) expect(covered).toEqual(some);
    }),
  );
});
