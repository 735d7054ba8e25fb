import { execFileSync } from 'node:child_process';
import { query } from 'local/query';
import { until } from 'local/until';
import { ClusterLoad } from './support/cluster-load';
import { ComposeStack } from './support/compose-stack';
import { expectViewsToEqualPostgres } from './support/converge';
import { docker, dockerCompose } from './support/docker';
import { Shop } from './support/shop';
import type { Stack } from './support/stack';

jest.setTimeout(400_000);

const deadlineMs = 120_000;
const files = ['docker-compose.yml', 'docker-compose.scale.yml', 'docker-compose.citus.yml'];

interface Config {
  readonly services: Readonly<
    Record<string, { image: string; networks: object; ports?: object[]; read_only?: boolean }>
  >;
}

test('workers are reached by other nodes only', async () => {
  const args = [...files.flatMap((file) => ['-f', file]), 'config', '--format', 'json'];
  const { services } = JSON.parse(await dockerCompose(args, {})) as Config;
  for (const worker of ['views-worker-1', 'views-worker-2']) {
    expect(services[worker]).toMatchObject({
      ...{ image: services['views-db']?.image, networks: { 'views-nodes': null }, read_only: true },
    });
    expect(services[worker]?.ports ?? []).toEqual([]);
  }
  const near = Object.entries(services).filter(([, { networks }]) => 'views-nodes' in networks);
  expect(near.map(([name]) => name).sort()).toEqual([
    ...['views-db', 'views-worker-1', 'views-worker-2'],
  ]);
});

/** No one's CI pulls it. `docker pull` it to run these. */
const hasImage = ((): boolean => {
  try {
    execFileSync('docker', ['image', 'inspect', 'citusdata/citus:13.2.0'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

(hasImage ? describe : describe.skip)('members on Citus', () => {
  let stack: ComposeStack;
  let load: ClusterLoad;
  beforeAll(async () => {
    // Docker chooses the members' ports.
    stack = await ComposeStack.start(files, ['VIEWS_DB_PORT'], { QUERY_ADMIN_PORTS: '0' });
    await new Shop(stack.commands).createProduct('Laptop', 'Electronics', 500);
    await expectViewsToEqualPostgres(await throughMember(1));
    load = new ClusterLoad([stack]);
  });
  afterAll(async () => {
    await load?.stop();
    await stack?.remove();
  });

  test.each(['views-worker-1', 'views-db'])(
    '%s killed under load: orders go on, and the members come back by themselves',
    async (service) => {
      const killed = (await stack.compose('ps', '-q', service)).trim();
      await docker('kill', killed);
      const orders = load.acknowledged.length;
      await until(() => expect(load.acknowledged.length).toBeGreaterThan(orders + 20), deadlineMs);
      await docker('start', killed);
      const now = new Date().toISOString();
      await until(() => expect(load.asOf > now).toBe(true), deadlineMs);
      expect(load.refused).toEqual([]);
    },
  );

  test('nothing acknowledged is lost, and nothing is counted twice, on two workers', async () => {
    await load.stop();
    const rows = await query<{ id: string }>(stack.database, 'SELECT id::text FROM orders');
    expect(new Set(load.acknowledged)).toEqual(new Set(rows.map(({ id }) => Number(id))));
    for (const member of [1, 2, 3]) {
      const { products } = await expectViewsToEqualPostgres(await throughMember(member));
      expect(Number(products['1'])).toBe(rows.length * 7);
    }
    const workers = await stack.compose(
      ...['exec', '-T', 'views-db', 'psql', '-U', 'analytics', 'views', '-AtXc'],
      'SELECT DISTINCT nodename FROM citus_shards ORDER BY 1',
    );
    expect(workers).toContain('views-worker-1\nviews-worker-2');
  });

  /** The stack, with this member's admin listener. @param member from 1 */
  async function throughMember(member: number): Promise<Stack> {
    const args = ['port', '--index', String(member), 'query-service', '9081'];
    const queryAdmin = `http://${(await stack.compose(...args)).trim()}`;
    return Object.create(stack, { queryAdmin: { value: queryAdmin } }) as Stack;
  }
});
