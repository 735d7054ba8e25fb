import { Traffic } from '../src/apply/traffic';

const start = Date.parse('2026-02-27T09:00:30.000Z');
let now: number;
let traffic: Traffic;
beforeEach(() => {
  now = start;
  traffic = new Traffic(() => now);
});

test('the rate is that of the last ten whole seconds', () => {
  traffic.note(50, 0);
  expect(traffic.perSecond).toBe(0);
  now += 1_000;
  expect(traffic.perSecond).toBe(5);
  now += 10_000;
  expect(traffic.perSecond).toBe(0);
});

test('orders are counted by the minute of their arrival, minutes without any too', () => {
  traffic.note(3, 2);
  now += 120_000;
  traffic.note(1, 1);
  expect(traffic.ordersPerMinute.map(({ orders }) => orders)).toEqual([2, 0, 1]);
  expect(new Date(traffic.ordersPerMinute[0]?.start ?? 0).toISOString()).toBe(
    '2026-02-27T09:00:00.000Z',
  );
});

test('only the last hour is kept', () => {
  traffic.note(1, 1);
  now += 3_600_000;
  traffic.note(1, 1);
  expect(traffic.ordersPerMinute).toHaveLength(60);
  expect(traffic.ordersPerMinute.reduce((sum, { orders }) => sum + orders, 0)).toBe(1);
});

test('every batch is a change, and another process begins with another number', () => {
  const before = traffic.changes;
  traffic.note(0, 0);
  expect(traffic.changes).toBe(before + 1);
  now += 5;
  expect(new Traffic(() => now).changes).not.toBe(before);
});
