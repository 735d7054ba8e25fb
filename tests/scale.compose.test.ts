import { query } from 'local/query';
import { until } from 'local/until';
import { ClusterLoad } from './support/cluster-load';
import { ComposeStack } from './support/compose-stack';
import { expectViewsToEqualPostgres } from './support/converge';
import { docker } from './support/docker';
import { Shop } from './support/shop';
import type { Stack } from './support/stack';

jest.setTimeout(300_000);

const deadlineMs = 90_000;

let stack: ComposeStack;
let load: ClusterLoad;
beforeAll(async () => {
  stack = await ComposeStack.start(
    ['docker-compose.yml', 'docker-compose.scale.yml'],
    ['VIEWS_DB_PORT'],
    // Docker chooses.
    { QUERY_ADMIN_PORTS: '0' },
  );
  await new Shop(stack.commands).createProduct('Laptop', 'Electronics', 500);
  await expectViewsToEqualPostgres(await throughMember(1));
  load = new ClusterLoad([stack]);
});
afterAll(async () => {
  await load?.stop();
  await stack?.remove();
});

test('a member killed under load: orders and reads go on, and the others take over its partitions', async () => {
  const before = load.failedReads.length;
  const [killed = ''] = await containersOf('query-service');
  await docker('kill', killed);
  await untilFresh();
  await startAgain(killed);
  expect(load.failedReads.slice(before)).toEqual([]);
  expect(load.refused).toEqual([]);
});

test("the views' database killed under load: orders go on, and the members come back by themselves", async () => {
  const [killed = ''] = await containersOf('views-db');
  await docker('kill', killed);
  const orders = load.acknowledged.length;
  await until(() => expect(load.acknowledged.length).toBeGreaterThan(orders + 20), deadlineMs);
  await startAgain(killed);
  await untilFresh();
  expect(load.refused).toEqual([]);
});

test('nothing acknowledged is lost, nothing is counted twice, and each of three members answers for all', async () => {
  await load.stop();
  const rows = await query<{ id: string }>(stack.database, 'SELECT id::text FROM orders');
  expect(new Set(load.acknowledged)).toEqual(new Set(rows.map(({ id }) => Number(id))));
  for (const member of [1, 2, 3]) {
    const { products } = await expectViewsToEqualPostgres(await throughMember(member));
    expect(Number(products['1'])).toBe(rows.length * 7);
  }
});

async function containersOf(service: string): Promise<string[]> {
  return (await stack.compose('ps', '-q', service)).trim().split('\n');
}

/** The stack, with this member's admin listener. @param member from 1 */
async function throughMember(member: number): Promise<Stack> {
  const args = ['port', '--index', String(member), 'query-service', '9081'];
  const queryAdmin = `http://${(await stack.compose(...args)).trim()}`;
  return Object.create(stack, { queryAdmin: { value: queryAdmin } }) as Stack;
}

/** Until an answer shows everything that was committed before this call. */
async function untilFresh(): Promise<void> {
  const now = new Date().toISOString();
  await until(() => expect(load.asOf > now).toBe(true), deadlineMs);
}

async function startAgain(container: string): Promise<void> {
  await docker('start', container);
  await until(async () => {
    const health = await docker('inspect', '-f', '{{.State.Health.Status}}', container);
    expect(health.trim()).toBe('healthy');
  }, deadlineMs);
}
