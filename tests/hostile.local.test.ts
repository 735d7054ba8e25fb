import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { query } from 'local/query';
import { until } from 'local/until';
import { attack, halfSent, hold } from './hostile/attack';
import { type Memory, memoryOf } from './hostile/memory';
import { kindsOf } from './hostile/requests';
import { ask } from './support/ask';
import { LocalStack } from './support/local-stack';
import { memoryFile, sharedStack } from './support/shared-stack';
import { Shop } from './support/shop';

const services = ['command-service', 'query-service'] as const;
let stack: LocalStack;
beforeAll(async () => {
  stack = await sharedStack(LocalStack);
});

test('1,000 slow bodies, 1,000 queries that wait and 2,000 idle connections of each service hold up nobody else', async () => {
  const { SERVER_PORT, QUERY_SERVER_PORT, COMMAND_ADMIN_PORT, QUERY_ADMIN_PORT } = stack.ports;
  const shop = new Shop(stack.commands);
  const productId = (await shop.createProduct('Lamp', 'Light', 0.07)).body.id as number;
  const waits =
    `GET /api/analytics/products/${productId}/sales HTTP/1.1\r\nHost: localhost\r\n` +
    'Consistency-Token: order:999999@1\r\nPrefer: wait=10\r\n\r\n';
  const held = await Promise.all([
    hold(SERVER_PORT, 1_000, halfSent),
    hold(QUERY_SERVER_PORT, 1_000, waits),
    hold(SERVER_PORT, 2_000, ''),
    hold(QUERY_SERVER_PORT, 2_000, ''),
    hold(QUERY_ADMIN_PORT, 2_000, ''),
  ]);
  try {
    for (let orders = 1; orders <= 20; orders++) {
      // Connections of their own: one that is kept alive could be older than the attack.
      const placed = await curl(`${stack.commands}/api/orders`, {
        customerId: 1,
        items: [{ productId, quantity: 1, price: 0.07 }],
      });
      expect(placed).toMatch(/^HTTP\/1\.1 201 /);
      const ports = [SERVER_PORT, QUERY_SERVER_PORT, COMMAND_ADMIN_PORT, QUERY_ADMIN_PORT];
      for (const port of ports) {
        expect(await curl(`http://localhost:${port}/health/ready`)).toMatch(/^HTTP\/1\.1 200 /);
      }
      await until(async () => {
        const sales = await curl(`${stack.queries}/api/analytics/products/${productId}/sales`);
        expect(sales).toMatch(`"totalSales":${(orders * 7) / 100}}`);
      }, 60_000);
    }
  } finally {
    for (const letGo of held) letGo();
  }
});

/** What a client is answered who has not asked before. */
async function curl(url: string, body?: object): Promise<string> {
  const posted =
    body === undefined ? [] : ['-H', 'Content-Type: application/json', '-d', JSON.stringify(body)];
  return (await promisify(execFile)('curl', ['-sSi', '-m', '10', ...posted, url])).stdout;
}

describe('10,000 hostile requests', () => {
  const warmUp = 2_000;
  const measured = 8_000;
  // Spans on their way come and go. A request that is kept, with its connection, is 6 KB: one in eight would show.
  const allowedBytes = 3 * 1024 * 1024;
  // Pages that the allocator does not give back.
  const allowedRss = 48 * 1024 * 1024;

  const targets = () => ({
    commands: stack.ports.SERVER_PORT,
    queries: stack.ports.QUERY_SERVER_PORT,
  });
  const memory = (service: (typeof services)[number]): Promise<Memory> =>
    memoryOf(stack.runningPid(service), memoryFile(service));

  test('harm nobody: others are answered right, nothing is stored, no memory is kept, no process dies', async () => {
    const shop = new Shop(stack.commands);
    const productId = (await shop.createProduct('Cup', 'Kitchen', 5)).body.id as number;
    let orders = 0;
    /** Everything that a command can write, the events of `order` not counted. */
    const stored = async (): Promise<unknown> =>
      query(
        stack.database,
        `SELECT (SELECT count(*)::int FROM products) AS products,
                (SELECT count(*)::int FROM orders) - ${orders} AS orders,
                (SELECT count(*)::int FROM outbox) - ${orders} AS events,
                (SELECT count(*)::int FROM idempotency_keys) AS keys`,
      );
    /** A client who means well: what it orders is in what it reads, to the cent. */
    const order = async (): Promise<void> => {
      const { status, token } = await shop.placeOrder([{ productId, quantity: 1, price: 0.07 }]);
      expect(status).toBe(201);
      orders++;
      expect(await ask(stack, `/products/${productId}/sales`, token, 10)).toEqual({
        status: 200,
        body: { productId, totalSales: (orders * 7) / 100 },
      });
    };

    // Whatever is made once and kept, code included, is made by now.
    await order();
    await attack(targets(), { count: warmUp, seed: 1, atOnce: 16 });
    const before = await Promise.all(services.map(memory));
    const storedBefore = await stored();
    const ordersBefore = orders;

    const letGo = await hold(targets().commands, 50, halfSent);
    const attacked = attack(targets(), { count: measured, seed: 2, atOnce: 16 });
    let isOver = false;
    const over = attacked.finally(() => (isOver = true));
    over.catch(() => undefined);
    while (!isOver) await order();
    const sent = await over;
    letGo();

    for (const service of ['commands', 'queries'] as const) {
      for (const kind of kindsOf(service)) {
        expect(sent.get(`${service}: ${kind}`)).toBeGreaterThan(50);
      }
    }
    expect(orders - ordersBefore).toBeGreaterThan(50);
    expect(await stored()).toEqual(storedBefore);
    for (const [i, service] of services.entries()) {
      const { pid, used, rss } = before[i] as Memory;
      await until(async () => {
        const now = await memory(service);
        expect(now.pid).toBe(pid);
        expect(now.used - used).toBeLessThan(allowedBytes);
        expect(now.rss - rss).toBeLessThan(allowedRss);
      }, 60_000);
    }
  });
});
