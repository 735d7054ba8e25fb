import { join } from 'node:path';
import { recordedProcesses } from 'local/pid-file';
import { answersReady } from 'local/ready';
import { until } from 'local/until';
import { expectViewsToEqualPostgres } from './support/converge';
import { LocalStack } from './support/local-stack';
import { runAuditor } from './support/operator';
import { portsFor } from './support/ports';
import { Shop } from './support/shop';

jest.setTimeout(400_000);

const members = ['query-service', 'query-service-2', 'query-service-3'];

let stack: LocalStack;
let shop: Shop;
let productId: number;
beforeAll(async () => {
  const views = await portsFor(['VIEWS_DB_PORT']);
  stack = await LocalStack.start({
    environment: {
      ...{ VIEW_STORE: 'postgres', QUERY_MEMBERS: '3' },
      VIEWS_DB_PORT: String(views.VIEWS_DB_PORT),
    },
  });
  shop = new Shop(stack.commands);
  productId = Number((await shop.createProduct('Laptop', 'Electronics', 500)).body.id);
});
afterAll(() => stack?.remove());

const pidOf = (name: string): number => {
  const running = recordedProcesses(join(stack.folder, 'run')).find((one) => one.name === name);
  if (running === undefined) throw new Error(`${name} does not run`);
  return running.pid;
};

/** Where a member answers itself, and its admin listener. */
const urlOf = (name: string): string =>
  `http://127.0.0.1:${stack.ports.QUERY_SERVER_PORT + 20 * (1 + members.indexOf(name))}`;
const adminUrlOf = (name: string): string =>
  `http://127.0.0.1:${stack.ports.QUERY_ADMIN_PORT + 20 * members.indexOf(name)}`;

const place = () => shop.placeOrder([{ productId, quantity: 1, price: 0.07 }]);

test('an order is read by its token from whichever member the proxy asks', async () => {
  for (let i = 0; i < 9; i++) {
    const { token } = await place();
    const answer = await fetch(`${stack.queries}/api/analytics/products/${productId}/sales`, {
      headers: { 'Consistency-Token': token ?? '', Prefer: 'wait=10', Connection: 'close' },
    });
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { productId, totalSales: Math.round((i + 1) * 7) / 100 },
    ]);
  }
});

test('members and their database killed while orders come: nothing is lost, nothing counted twice, each answers for all', async () => {
  let placed = 0;
  let isOver = false;
  const load = Array.from({ length: 4 }, async () => {
    while (!isOver) {
      expect((await place()).status).toBe(201);
      placed++;
    }
  });
  for (const name of [...members, 'views-postgres', 'query-service']) {
    const before = placed;
    await until(() => expect(placed).toBeGreaterThan(before + 100), 60_000);
    const killed = pidOf(name);
    process.kill(-killed, 'SIGKILL');
    await until(() => expect(pidOf(name)).not.toBe(killed), 60_000);
    for (const member of members) {
      await until(() => answersReady(`${urlOf(member)}/health/ready`), 90_000);
    }
  }
  isOver = true;
  await Promise.all(load);

  const { products } = await expectViewsToEqualPostgres(stack, 120_000);
  expect(Number(products[String(productId)])).toBe((9 + placed) * 7);
  for (const name of members) {
    const args = ['--deadline', '20'];
    const variables = { QUERY_ADMIN_URLS: adminUrlOf(name) };
    expect(await runAuditor(stack, 'reconcile', args, variables)).toMatchObject({ code: 0 });
    await until(async () => {
      const answer = await fetch(`${urlOf(name)}/api/analytics/products/${productId}/sales`);
      expect(await answer.json()).toEqual({
        productId,
        totalSales: ((9 + placed) * 7) / 100,
      });
      expect(answer.headers.get('Views-State')).toBe('current');
    }, 60_000);
    await until(async () => {
      const { hops } = (await (await fetch(`${urlOf(name)}/api/pipeline`)).json()) as {
        hops: { name: string; state: string; reasons: string[] }[];
      };
      expect(hops.filter(({ state }) => state !== 'ok')).toEqual([]);
    }, 60_000);
  }
});
