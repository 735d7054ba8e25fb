import { firstTurn, nextRanges } from '../src/rotation';

const max = Number.MAX_SAFE_INTEGER;

test('every aggregate has its turn, the newest ones in each, and then it begins anew', () => {
  const highest = { orders: 3_500, products: 2 };
  let turn = firstTurn;
  const seen = [];
  for (let i = 0; i < 5; i++) {
    const next = nextRanges(turn, highest);
    seen.push(next.ranges.orders);
    expect(next.ranges.products).toEqual([{ from: 1, to: max }]);
    turn = next.turn;
  }
  expect(seen).toEqual([
    [
      { from: 1, to: 1_000 },
      { from: 2_501, to: max },
    ],
    [
      { from: 1_001, to: 2_000 },
      { from: 2_501, to: max },
    ],
    [{ from: 2_001, to: max }],
    [{ from: 2_501, to: max }],
    [
      { from: 1, to: 1_000 },
      { from: 2_501, to: max },
    ],
  ]);
});

test('an empty database is compared, too: the query service may know orders of another one', () => {
  expect(nextRanges(firstTurn, { orders: 0, products: 0 }).ranges.orders).toEqual([
    { from: 1, to: max },
  ]);
});
