import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from 'local/until';
import { ask } from './support/ask';
import { LocalStack } from './support/local-stack';
import { sharedStack } from './support/shared-stack';
import { Shop } from './support/shop';

const checkout = join(__dirname, '..');

let stack: LocalStack;
beforeAll(async () => {
  stack = await sharedStack(LocalStack);
});

describe('a client', () => {
  let shop: Shop;
  let productId = 0;
  beforeAll(async () => {
    shop = new Shop(stack.commands);
    productId = Number((await shop.createProduct('Pen', 'Stationery', 0.07)).body.id);
  });

  const place = (key: string = randomUUID(), quantity = 1) =>
    shop.placeOrder([{ productId, quantity, price: 0.07 }], {}, key);
  const salesOf = (id: number, token: string | null, seconds: number) =>
    ask(stack, `/products/${id}/sales`, token, seconds);

  test('reads its own writes: each of 100 orders is in the answers that are asked for at once', async () => {
    for (let orders = 1; orders <= 100; orders++) {
      const { token } = await place();
      const total = (orders * 7) / 100;
      expect(
        await Promise.all([
          salesOf(productId, token, 10),
          ask(stack, '/categories/Stationery/revenue', token, 10),
        ]),
      ).toMatchObject([
        { status: 200, body: { productId, totalSales: total } },
        { status: 200, body: { category: 'Stationery', totalRevenue: total } },
      ]);
    }
  });

  test('gets the first answer again under its key', async () => {
    const key = randomUUID();
    const first = await place(key);
    expect(first).toMatchObject({ status: 201, body: { status: 'CREATED' } });
    expect(await place(key)).toEqual(first);
    expect((await place(key, 2)).body.code).toBe('key-of-another-request');
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
    const { status, body } = await salesOf(productId, token, 1);
    expect([status, body]).toMatchObject([
      503,
      { code: 'change-not-shown', notYet: [{ token, applied: 0 }], eventsBehind: 0 },
    ]);
    // Nothing of it is in Kafka: that the views are behind, only their age tells.
    expect(Date.parse(String(body.asOf))).toBeLessThan(before);

    await put('resume');
    await until(
      async () =>
        expect((await salesOf(productId, token, 10)).body).toEqual({ productId, totalSales: 7.14 }),
      60_000,
    );
  });
});

test("the tour's client compiles and runs with types made of what the services say of themselves, and those know what is wrong", async () => {
  const tour = readFileSync(join(checkout, 'docs', 'tour.md'), 'utf8')
    .replaceAll(':8080', `:${stack.ports.SERVER_PORT}`)
    .replaceAll(':8081', `:${stack.ports.QUERY_SERVER_PORT}`);
  const [, commands = '', client = ''] =
    /```sh\n(npx openapi-typescript .*?)```.*?```ts\n(.*?)```/s.exec(tour) ?? [];
  mkdirSync(join(checkout, '.local'), { recursive: true });
  // Inside the checkout, whose node_modules it uses.
  const folder = mkdtempSync(join(checkout, '.local', 'client-'));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  try {
    write('package.json', '{ "type": "module" }');
    write(
      'tsconfig.json',
      '{ "compilerOptions": { "strict": true, "target": "es2022", "module": "nodenext", "types": [], "lib": ["es2022", "dom"], "skipLibCheck": true } }',
    );
    write('client.ts', client + mistakes);
    const run = (command: string) =>
      execFileSync('sh', ['-c', command], { cwd: folder, encoding: 'utf8' });
    run(commands);
    run('npx tsc -p .');
    // It waits two seconds by itself.
    await until(() => expect(run('node client.js')).toBe('shown: 0.07\n'), 60_000);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** tsc fails where one of these is none. */
const mistakes = `
// @ts-expect-error no answer of this route has that code
export const code = product.error?.code === 'other-version';
// @ts-expect-error nor is there such a route
export const route = () => commands.POST('/api/product', { body: {} });
// @ts-expect-error a name is text
export const body = () => commands.POST('/api/products', { body: { name: 1, category: '', price: 1 } });
`;
