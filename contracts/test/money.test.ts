import fc from 'fast-check';
import {
  formatDecimal,
  formatJsonNumber,
  maxOrderTotal,
  parseDecimal,
  priceFromNumber,
} from '../src/money';
import created from '../schemas/OrderCreated.v1.json';
import updated from '../schemas/OrderStatusUpdated.v1.json';

describe('money', () => {
  test.each([
    [0, 0],
    [0.07, 7],
    [0.14, 14],
    [500, 50_000],
    [999_999.99, 99_999_999],
  ])('the price %p is %p cents exactly', (price, cents) => {
    expect(priceFromNumber(price)).toBe(cents);
  });

  test.each([-1, 0.001, 1_000_000, 1e300, 1e-7, NaN, Infinity])('%p is no price', (price) => {
    expect(priceFromNumber(price)).toBeNull();
  });

  test('every amount of cents survives the way into an event and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (cents) => {
        expect(parseDecimal(formatDecimal(cents as never))).toBe(cents);
      }),
    );
  });

  test('every price of two decimals survives the way through HTTP', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99_999_999 }), (cents) => {
        expect(priceFromNumber(Number(formatJsonNumber(cents as never)))).toBe(cents);
      }),
    );
  });

  test.each([created, updated])(
    'what $title lets an order cost, a double holds exactly',
    (schema) => {
      const { maxItems, items } = schema.properties.items;
      const { quantity, price } = items.properties;
      expect(price.pattern).toBe('^\\d{1,6}\\.\\d{2}$');
      expect(maxItems * quantity.maximum * parseDecimal('999999.99')).toBe(maxOrderTotal);
      expect(maxOrderTotal).toBeLessThan(Number.MAX_SAFE_INTEGER / 2);
    },
  );

  test.each([
    [100_000, '1000'],
    [50, '0.5'],
    [0, '0'],
    [1_005, '10.05'],
    [999_999_999_999_999, '9999999999999.99'],
    [1_000_000_000_000_001, '10000000000000.01'],
    [9007199254740991, '90071992547409.91'],
    [-9007199254740991, '-90071992547409.91'],
    [9_007_199_254_740_993n, '90071992547409.93'],
    [-(2n ** 70n), '-11805916207174113034.24'],
    [5n, '0.05'],
    [-5, '-0.05'],
    [-100_000, '-1000'],
  ])('%p cents are the JSON number %p', (cents, text) => {
    expect(formatJsonNumber(cents as never)).toBe(text);
  });

  test('every total is written as the exact decimal, whatever its size and sign', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (cents) => {
        const [, sign = '', units = '', fraction = ''] =
          /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(formatJsonNumber(cents as never)) ?? [];
        expect(BigInt(`${sign}${units}${fraction.padEnd(2, '0')}`)).toBe(BigInt(cents));
      }),
    );
  });

  test.each(['', '1', '1.5', '1.005', '1e3', '90071992547409920.00'])('%p is refused', (text) => {
    expect(() => parseDecimal(text)).toThrow(RangeError);
  });
});
