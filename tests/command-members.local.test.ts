import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { recordedProcesses } from 'local/pid-file';
import { query } from 'local/query';
import { answersReady } from 'local/ready';
import { until } from 'local/until';
import { expectViewsToEqualPostgres } from './support/converge';
import { LocalStack } from './support/local-stack';
import { Shop } from './support/shop';

jest.setTimeout(240_000);

const clients = 8;
const members = ['command-service', 'command-service-2'];

let stack: LocalStack;
let shop: Shop;
let productId: number;
beforeAll(async () => {
  stack = await LocalStack.start({ environment: { COMMAND_MEMBERS: '2' } });
  shop = new Shop(stack.commands);
  productId = Number((await shop.createProduct('Laptop', 'Electronics', 500)).body.id);
});
afterAll(() => stack?.remove());

/** Places orders, each under a key of its own and again until it is answered, until it is told to stop. */
class Client {
  /** The order that each key stands for. */
  readonly orders = new Map<string, number>();
  /** Requests that got no answer, or one that says to come again. */
  retries = 0;
  isStopped = false;

  async run(): Promise<void> {
    while (!this.isStopped) {
      const key = randomUUID();
      this.orders.set(key, await this.place(key));
    }
  }

  private async place(key: string): Promise<number> {
    return until(async () => {
      try {
        const items = [{ productId, quantity: 1, price: 0.07 }];
        const { status, body } = await shop.placeOrder(items, {}, key);
        if (status === 201) return Number(body.id);
        // Its first try may be under way still, or there is no database.
        expect([409, 503]).toContain(status);
        throw new Error(`${status}`);
      } catch (error) {
        this.retries++;
        throw error;
      }
    }, 60_000);
  }
}

const pidOf = (name: string): number => {
  const running = recordedProcesses(join(stack.folder, 'run')).find((one) => one.name === name);
  if (running === undefined) throw new Error(`${name} does not run`);
  return running.pid;
};

test('both members answer behind the one address', async () => {
  const before = await Promise.all(members.map(answered));
  // Each a connection of its own.
  for (let i = 0; i < 10; i++) {
    await fetch(`${stack.commands}/api/products/${productId}`, {
      headers: { Connection: 'close' },
    });
  }
  // An answer is counted a moment after its client has it.
  await until(async () => {
    const after = await Promise.all(members.map(answered));
    expect(after.map((count, i) => count - (before[i] ?? 0))).toEqual([5, 5]);
  }, 60_000);
});

test('either member killed under load, again and again: nothing acknowledged is missing, nothing is there twice', async () => {
  const load = Array.from({ length: clients }, () => new Client());
  const running = load.map((client) => client.run());
  const acknowledged = () => load.reduce((sum, { orders }) => sum + orders.size, 0);
  for (const name of [...members, ...members]) {
    const before = acknowledged();
    await until(() => expect(acknowledged()).toBeGreaterThan(before + 100), 60_000);
    const killed = pidOf(name);
    process.kill(-killed, 'SIGKILL');
    const then = acknowledged();
    // By the other one, whether this one is back already or not.
    await until(() => expect(acknowledged()).toBeGreaterThan(then + 100), 60_000);
    await until(() => answersReady(`http://127.0.0.1:${portOf(name)}/health/ready`), 60_000);
    expect(pidOf(name)).not.toBe(killed);
  }
  for (const client of load) client.isStopped = true;
  await Promise.all(running);
  process.stdout.write(
    `${acknowledged()} orders, ${load.reduce((sum, { retries }) => sum + retries, 0)} requests sent again\n`,
  );

  const orders = await query<{ id: string; events: string }>(
    stack.database,
    `SELECT id::text, (SELECT count(*) FROM outbox
       WHERE aggregatetype = 'order' AND aggregateid = orders.id::text) AS events
     FROM orders ORDER BY orders.id`,
  );
  const placed = load.flatMap((client) => [...client.orders.values()]).sort((a, b) => a - b);
  expect(orders.map(({ id }) => Number(id))).toEqual(placed);
  expect(orders.filter(({ events }) => Number(events) !== 1)).toEqual([]);
  const { products } = await expectViewsToEqualPostgres(stack);
  expect(Number(products[String(productId)])).toBe(placed.length * 7);
});

/** A member's admin listener. */
const portOf = (name: string): number =>
  stack.ports.COMMAND_ADMIN_PORT + 20 * members.indexOf(name);

/** How many GETs of a product a member has answered. */
async function answered(name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${portOf(name)}/metrics`)).text();
  const counts = [...text.matchAll(/^http_server_request_duration_seconds_count\{(.*)\} (\d+)$/gm)];
  return counts
    .filter(([, labels = '']) => labels.includes('/api/products/'))
    .reduce((sum, [, , count]) => sum + Number(count), 0);
}
