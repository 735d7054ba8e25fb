import { readIfMatch } from '../src/http/etag';
import { decide, orderStatuses, type OrderStatus } from '../src/orders/decide';

const anyVersion = readIfMatch(undefined);

const expected: Record<OrderStatus, Record<OrderStatus, string>> = {
  CREATED: { CREATED: 'unchanged', SHIPPED: 'change', DELIVERED: 'conflict', CANCELLED: 'change' },
  SHIPPED: {
    CREATED: 'conflict',
    SHIPPED: 'unchanged',
    DELIVERED: 'change',
    CANCELLED: 'conflict',
  },
  DELIVERED: {
    CREATED: 'conflict',
    SHIPPED: 'conflict',
    DELIVERED: 'unchanged',
    CANCELLED: 'conflict',
  },
  CANCELLED: {
    CREATED: 'conflict',
    SHIPPED: 'conflict',
    DELIVERED: 'conflict',
    CANCELLED: 'unchanged',
  },
};
const transitions = orderStatuses.flatMap((from) =>
  orderStatuses.map((to) => [from, to, expected[from][to]] as const),
);

describe('the status machine', () => {
  test.each(transitions)('%s to %s: %s', (from, to, decision) => {
    expect(decide({ status: from, version: 1 }, { status: to, ifMatch: anyVersion })).toBe(
      decision,
    );
  });

  test.each(transitions)('%s to %s of another version: precondition failed', (from, to) => {
    const ifMatch = readIfMatch('"2"');
    expect(decide({ status: from, version: 1 }, { status: to, ifMatch })).toBe(
      'precondition failed',
    );
  });
});

describe('If-Match', () => {
  test.each([
    ['*', true],
    ['"3"', true],
    ['"1", "3"', true],
    ['"1","3"', true],
    ['"1"', false],
    ['W/"3"', false],
    ['"03"', false],
    ['""', false],
  ])('%p lets version 3 pass: %p', (header, passes) => {
    expect(readIfMatch(header)(3)).toBe(passes);
  });

  test.each(['', '3', '"3', "'3'", '"3" "4"', '*, "3"', ','])('%p is refused', (header) => {
    expect(() => readIfMatch(header)).toThrow(/^400 If-Match must be/);
  });
});
