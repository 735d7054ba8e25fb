import fc from 'fast-check';
import { readHour } from '../src/model/hour';

const hourMs = 3_600_000;

describe('the hour of an order', () => {
  test('is that of its instant, whatever was read before', () => {
    const instants = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(fc.array(instants), (dates) => {
        for (const date of dates) {
          expect(readHour(date.toISOString())).toBe(Math.floor(date.getTime() / hourMs));
        }
      }),
    );
  });

  test.each([
    '2026-02-30T09:15:00.000Z',
    '2026-13-01T09:15:00.000Z',
    '2026-02-27T24:00:00.000Z',
    '2026-02-27T09:60:00.000Z',
    '2026-02-27T09:15:60.000Z',
  ])('is refused when the calendar does not have it: %s', (text) => {
    // Also when that hour is known already.
    expect(readHour('2026-02-27T09:15:00.000Z')).toBe(492_273);
    expect(() => readHour(text)).toThrow(`placedAt is no instant: ${text}`);
  });
});
