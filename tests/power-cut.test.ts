import { query } from 'local/query';
import { expectViewsToEqualPostgres } from './support/converge';
import { Shop } from './support/shop';
import { Stack } from './support/stack';

jest.setTimeout(360_000);

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.shared();
});

test('everything killed at once under load and started again: nothing acknowledged is missing', async () => {
  const shop = new Shop(stack.commands);
  const { body: laptop } = await shop.createProduct('Laptop', 'Electronics', 500);
  const productId = Number(laptop.id);
  const acknowledged: number[] = [];
  let killed: Promise<void> | undefined;
  const client = async (): Promise<void> => {
    for (;;) {
      try {
        const { status, body } = await shop.placeOrder([{ productId, quantity: 1, price: 0.07 }]);
        if (status === 201) acknowledged.push(body.id as number);
      } catch {
        return; // the service is gone: this request has no answer
      }
      if (acknowledged.length >= 300) killed ??= stack.killAll();
    }
  };
  await Promise.all([client(), client(), client(), client()]);
  await killed;

  await stack.startAgain();
  const { products } = await expectViewsToEqualPostgres(stack);

  const rows = await query<{ id: string }>(
    stack.database,
    `SELECT order_id::text AS id FROM order_items WHERE product_id = ${productId}`,
  );
  const stored = new Set(rows.map(({ id }) => Number(id)));
  expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
  expect(Number(products[productId])).toBe(rows.length * 7);
});
