import { createBackoff } from 'local/backoff';

test('a process that keeps dying is restarted after 1, 2, 4 … and at most 30 seconds', () => {
  const wait = createBackoff();
  expect([1, 2, 3, 4, 5, 6, 7].map(() => wait(100))).toEqual([
    1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
  ]);
});

test('a process that has run for a minute is restarted after 1 second again', () => {
  const wait = createBackoff();
  [1, 2, 3, 4].forEach(() => wait(100));
  expect(wait(59_999)).toBe(16_000);
  expect(wait(60_000)).toBe(1_000);
  expect(wait(100)).toBe(2_000);
});
