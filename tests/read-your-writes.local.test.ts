import { randomUUID } from 'node:crypto';
import { commandClient, queryClient } from 'demo/api/client';
import type { operations } from 'demo/api/command-service';
import { until } from 'local/until';
import { LocalStack } from './support/local-stack';
import { sharedStack } from './support/shared-stack';

let stack: LocalStack;
beforeAll(async () => {
  stack = await sharedStack(LocalStack);
});

describe('a client that is typed by the descriptions of the services', () => {
  let commands: ReturnType<typeof commandClient>;
  let queries: ReturnType<typeof queryClient>;
  let productId = 0;
  beforeAll(async () => {
    commands = commandClient({ baseUrl: stack.commands });
    queries = queryClient({ baseUrl: stack.queries });
    const body = { name: 'Pen', category: 'Stationery', price: 0.07 };
    productId = (await commands.POST('/api/products', { body })).data?.id ?? 0;
  });

  /** @returns the order, and the token of the change */
  async function place(key: string = randomUUID(), quantity = 1) {
    const { data, error, response } = await commands.POST('/api/orders', {
      params: { header: { 'Idempotency-Key': key } },
      body: { customerId: 1, items: [{ productId, quantity, price: 0.07 }] },
    });
    return { order: data, error, token: response.headers.get('Consistency-Token') ?? '' };
  }
  const withToken = (token: string, seconds: number) => ({
    header: { 'Consistency-Token': token, Prefer: `wait=${seconds}` },
  });
  const salesOf = (id: number, token: string, seconds: number) =>
    queries.GET('/api/analytics/products/{id}/sales', {
      params: { path: { id }, ...withToken(token, seconds) },
    });
  const revenueOf = (category: string, token: string, seconds: number) =>
    queries.GET('/api/analytics/categories/{category}/revenue', {
      params: { path: { category }, ...withToken(token, seconds) },
    });

  test('reads its own writes: each of 100 orders is in the answers that are asked for at once', async () => {
    for (let orders = 1; orders <= 100; orders++) {
      const { token } = await place();
      const total = (orders * 7) / 100;
      expect(
        await Promise.all([salesOf(productId, token, 10), revenueOf('Stationery', token, 10)]),
      ).toMatchObject([
        { data: { productId, totalSales: total } },
        { data: { category: 'Stationery', totalRevenue: total } },
      ]);
    }
  });

  test('gets the first answer again under its key, and tells problems apart by codes that are described', async () => {
    const key = randomUUID();
    const first = await place(key);
    expect(first.order?.status).toBe('CREATED');
    expect(await place(key)).toEqual(first);

    const { error } = await place(key, 2);
    expect(error?.code === 'key-of-another-request').toBe(true);
    // @ts-expect-error no answer of this route has that code
    expect(error?.code === 'other-version').toBe(false);
    // @ts-expect-error nor does it take that header
    const header: operations['placeOrder']['parameters']['header'] = { 'Idempotency-Kye': key };
    expect(header).toBeDefined();
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
    await until(async () => expect(await state()).toMatch(/"STOPPED".*"tasks":\[\]/), 60_000);
    const before = Date.now();
    const { token } = await place();
    const { error, response } = await salesOf(productId, token, 1);
    expect(response.status).toBe(503);
    if (error?.code !== 'change-not-shown') throw new Error(JSON.stringify(error));
    expect(error).toMatchObject({ notYet: [{ token, applied: 0 }], eventsBehind: 0 });
    // Nothing of it is in Kafka: that the views are behind, only their age tells.
    expect(Date.parse(error.asOf ?? '')).toBeLessThan(before);

    await put('resume');
    await until(
      async () =>
        expect((await salesOf(productId, token, 10)).data).toEqual({ productId, totalSales: 7.14 }),
      60_000,
    );
  });
});
