import { catalogue } from '../src/catalogue';
import { basket } from '../src/customers';
import { business, pastOrders } from '../src/rhythm';

const hourMs = 3_600_000;
const now = Date.parse('2026-02-27T12:30:00.000Z');

test('orders of the past lie in the hours asked for, none ahead of now', () => {
  const times = pastOrders(now, 24, 500, Math.random);
  expect(times.length).toBeGreaterThan(450);
  expect(Math.min(...times)).toBeGreaterThanOrEqual(now - 24 * hourMs);
  expect(Math.max(...times)).toBeLessThan(now);
});

test('the evening is busier than the night', () => {
  const byHour = new Map<number, number>();
  for (const time of pastOrders(now, 24, 2_000, () => 0)) {
    const hour = new Date(time).getHours();
    byHour.set(hour, (byHour.get(hour) ?? 0) + 1);
  }
  expect(byHour.get(19) ?? 0).toBeGreaterThan(5 * (byHour.get(3) ?? 0));
  for (let hour = 0; hour < 24; hour++) expect(business(hour)).toBeGreaterThan(0);
});

test('a basket holds one to four different products at the shop’s prices', () => {
  const products = catalogue.map((article, i) => ({ ...article, id: i + 1 }));
  for (let i = 0; i < 500; i++) {
    const items = basket(products, Math.random);
    expect(items.length).toBeGreaterThanOrEqual(1);
    expect(items.length).toBeLessThanOrEqual(4);
    expect(new Set(items.map(({ productId }) => productId)).size).toBe(items.length);
    for (const { productId, quantity, price } of items) {
      expect(quantity).toBeGreaterThanOrEqual(1);
      expect(price).toBe(products[productId - 1]?.price);
    }
  }
});
