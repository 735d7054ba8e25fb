import { until } from 'local/until';
import { ask } from './support/ask';
import { LocalStack } from './support/local-stack';
import { sharedStack } from './support/shared-stack';
import { Shop } from './support/shop';

jest.setTimeout(180_000);

let stack: LocalStack;
beforeAll(async () => {
  stack = await sharedStack(LocalStack);
});

describe('a client reads its own writes', () => {
  let shop: Shop;
  let productId: number;
  beforeAll(async () => {
    shop = new Shop(stack.commands);
    productId = (await shop.createProduct('Pen', 'Stationery', 0.07)).body.id as number;
  });
  const place = () => shop.placeOrder([{ productId, quantity: 1, price: 0.07 }]);

  test('each of 100 orders is in the answers that are asked for at once', async () => {
    for (let orders = 1; orders <= 100; orders++) {
      const { token } = await place();
      const total = (orders * 7) / 100;
      expect(
        await Promise.all([
          ask(stack, `/products/${productId}/sales`, token, 2),
          ask(stack, '/categories/Stationery/revenue', token, 2),
        ]),
      ).toEqual([
        { status: 200, body: { productId, totalSales: total } },
        { status: 200, body: { category: 'Stationery', totalRevenue: total } },
      ]);
    }
  });

  test('while the connector is stopped, the answer says how far behind it is; then it has the order', async () => {
    const connector = `${stack.connect}/connectors/outbox-relay`;
    const state = async (): Promise<string> =>
      JSON.stringify(await (await fetch(`${connector}/status`)).json());
    const put = async (action: 'stop' | 'resume') =>
      expect(
        (
          await fetch(`${connector}/${action}`, {
            method: 'PUT',
            headers: { 'content-type': 'application/json' },
          })
        ).status,
      ).toBeLessThan(300);

    await put('stop');
    await until(async () => expect(await state()).toMatch(/"STOPPED".*"tasks":\[\]/), 30_000);
    const before = Date.now();
    const { token } = await place();
    const late = await ask(stack, `/products/${productId}/sales`, token, 1);
    expect(late).toMatchObject({
      status: 503,
      body: { code: 'change-not-shown', notYet: [{ token, applied: 0 }], eventsBehind: 0 },
    });
    // Nothing of it is in Kafka: that the views are behind, only their age tells.
    expect(Date.parse(late.body.asOf as string)).toBeLessThan(before);

    await put('resume');
    await until(
      async () =>
        expect(await ask(stack, `/products/${productId}/sales`, token, 10)).toEqual({
          status: 200,
          body: { productId, totalSales: 7.07 },
        }),
      60_000,
    );
  });
});
