import { readPrecondition } from '../src/http/etag';
import { orderStatuses } from 'contracts/aggregates';
import type { OrderStatus } from 'contracts/events';
import { decide } from '../src/orders/decide';

const anyVersion = readPrecondition({});

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
    expect(decide({ status: from, version: 1 }, { status: to, precondition: anyVersion })).toBe(
      decision,
    );
  });

  test.each(transitions)('%s to %s of another version: precondition failed', (from, to) => {
    const precondition = readPrecondition({ 'if-match': '"2"' });
    expect(decide({ status: from, version: 1 }, { status: to, precondition })).toBe(
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
    expect(readPrecondition({ 'if-match': header })('"3"')).toBe(passes);
  });

  test.each(['', '3', '"3', "'3'", '"3" "4"', '*, "3"', ','])('%p is refused', (header) => {
    expect(() => readPrecondition({ 'if-match': header })).toThrow(/^400 If-Match must be/);
  });
});

describe('If-None-Match', () => {
  test.each([
    ['*', false],
    ['"3"', false],
    ['W/"3"', false],
    ['"1", W/"3"', false],
    ['"1"', true],
    ['"03"', true],
  ])('%p lets version 3 pass: %p', (header, passes) => {
    expect(readPrecondition({ 'if-none-match': header })('"3"')).toBe(passes);
  });

  test.each(['', '3', '"3'])('%p is refused', (header) => {
    expect(() => readPrecondition({ 'if-none-match': header })).toThrow(/^400 If-None-Match must/);
  });

  test('holds beside If-Match', () => {
    const both = readPrecondition({ 'if-match': '*', 'if-none-match': '"1"' });
    expect([both('"1"'), both('"2"')]).toEqual([false, true]);
  });
});
