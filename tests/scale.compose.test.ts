import { until } from 'local/until';
import { ClusterLoad } from './support/cluster-load';
import type { ComposeStack } from './support/compose-stack';
import { docker } from './support/docker';
import { expectMembersToCountOnce, startMembers } from './support/members-stack';

jest.setTimeout(420_000);

const deadlineMs = 90_000;

let stack: ComposeStack;
let load: ClusterLoad;
beforeAll(async () => {
  stack = await startMembers();
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
  await expectMembersToCountOnce(stack, load);
});

async function containersOf(service: string): Promise<string[]> {
  return (await stack.compose('ps', '-q', service)).trim().split('\n');
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
