import { parseInstant } from '../src/instant';

test.each([
  ['2026-02-27T09:00:00Z', '2026-02-27T09:00:00.000Z'],
  ['2026-02-27T10:30:00.5+01:30', '2026-02-27T09:00:00.500Z'],
  ['2024-02-29T23:59:59.999Z', '2024-02-29T23:59:59.999Z'],
])('%s is an instant', (text, utc) => {
  expect(new Date(parseInstant(text) ?? NaN).toISOString()).toBe(utc);
});

test.each([
  '2026-02-27',
  '2026-02-27T09:00:00',
  '2026-02-30T00:00:00Z',
  '2025-02-29T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-02-27T24:00:00Z',
  '2026-02-27T09:00:60Z',
  '2026-02-27t09:00:00z',
  '27 Feb 2026 09:00 UTC',
  '',
])('%p is none', (text) => {
  expect(parseInstant(text)).toBeNull();
});
