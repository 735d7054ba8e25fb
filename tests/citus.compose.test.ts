import { execFileSync } from 'node:child_process';
import { until } from 'local/until';
import { ClusterLoad } from './support/cluster-load';
import type { ComposeStack } from './support/compose-stack';
import { docker, dockerCompose } from './support/docker';
import { expectMembersToCountOnce, startMembers } from './support/members-stack';

jest.setTimeout(600_000);

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
    stack = await startMembers('docker-compose.citus.yml');
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
    await expectMembersToCountOnce(stack, load);
    const workers = await stack.compose(
      ...['exec', '-T', 'views-db', 'psql', '-U', 'analytics', 'views', '-AtXc'],
      'SELECT DISTINCT nodename FROM citus_shards ORDER BY 1',
    );
    expect(workers).toContain('views-worker-1\nviews-worker-2');
  });
});
