import { upcast, type Upcasters } from '../src/upcasters';

const steps: Upcasters = {
  OrderCreated: {
    1: (payload) => ({ ...(payload as object), currency: 'EUR' }),
    2: (payload) => ({ ...(payload as object), channel: 'web' }),
  },
};

test('an old payload goes through every step in order', () => {
  expect(upcast('OrderCreated', 1, 3, { orderId: 1 }, steps)).toEqual({
    orderId: 1,
    currency: 'EUR',
    channel: 'web',
  });
});

test('a payload of the current version stays as it is', () => {
  const payload = { orderId: 1 };
  expect(upcast('OrderCreated', 3, 3, payload, steps)).toBe(payload);
});

test('a missing step is named', () => {
  expect(() => upcast('OrderCreated', 1, 4, {}, steps)).toThrow(
    'no upcaster for OrderCreated from version 3',
  );
});
