import { until } from 'local/until';
import { expectViewsToEqualPostgres } from './support/converge';
import { Shop } from './support/shop';
import { partNames } from './support/parts';
import { Stack } from './support/stack';

jest.setTimeout(360_000);

let stack: Stack;
let shop: Shop;
let productId: number;
beforeAll(async () => {
  stack = await Stack.shared();
  shop = new Shop(stack.commands);
  const { body } = await shop.createProduct('Laptop', 'Electronics', 500);
  productId = Number(body.id);
});

test.each(partNames)(
  '%s killed: it is restarted, and the pipeline goes on by itself',
  async (part) => {
    await stack.kill(part);

    await until(async () => {
      const { status } = await shop.placeOrder([{ productId, quantity: 1, price: 0.07 }]);
      expect(status).toBe(201);
    }, 60_000);
    await expectViewsToEqualPostgres(stack, 90_000);
  },
);
