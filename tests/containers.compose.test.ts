import { ComposeStack } from './support/compose-stack';
import { expectViewsToEqualPostgres } from './support/converge';
import { docker } from './support/docker';
import { Shop } from './support/shop';
import { until } from 'local/until';

jest.setTimeout(360_000);

const lasting = ['db', 'kafka', 'connect', 'relay-keeper', 'command-service', 'query-service'];
const oneShots = ['migrate', 'relay-setup'];

let stack: ComposeStack;
let shop: Shop;
beforeAll(async () => {
  stack = await ComposeStack.start();
  shop = new Shop(stack.commands);
  await shop.createProduct('Laptop', 'Electronics', 500);
});
afterAll(() => stack.remove());

describe.each([...lasting, ...oneShots])('the container of %s', (service) => {
  let container: Inspected;
  beforeAll(async () => {
    container = JSON.parse(await stack.inspect(service, '{{json .}}')) as Inspected;
  });

  test('has no root, no capability, no new privileges, and writes only where it must', () => {
    expect(container.HostConfig).toMatchObject({
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      ReadonlyRootfs: true,
      Privileged: false,
    });
    // What the image says unless the compose file says otherwise.
    expect(container.Config.User).not.toMatch(/^(root|0(:.*)?|)$/);
  });

  test('is limited in memory, processes and log, and has an init', () => {
    const { Memory, PidsLimit, LogConfig, Init } = container.HostConfig;
    expect(Memory).toBeGreaterThan(0);
    expect(PidsLimit).toBeGreaterThan(0);
    expect(LogConfig.Config).toEqual({ 'max-file': '3', 'max-size': '10m' });
    expect(Init).toBe(true);
  });

  test('publishes on 127.0.0.1 only', () => {
    for (const { HostIp } of Object.values(container.HostConfig.PortBindings).flat()) {
      expect(HostIp).toBe('127.0.0.1');
    }
  });

  test('has no password in its settings, and no volume without a name', () => {
    expect(container.Config.Env.filter((line) => /(PASSWORD|TOKEN)=./.test(line))).toEqual([]);
    const unnamed = container.Mounts.filter(
      ({ Type, Name }) => Type === 'volume' && !Name?.startsWith(`${stack.project}_`),
    );
    expect(unnamed).toEqual([]);
  });
});

test.each([...lasting, ...oneShots])(
  'docker compose restart %s: the pipeline goes on by itself',
  async (service) => {
    await stack.compose('restart', service);

    await until(async () => {
      const { status } = await shop.placeOrder([{ productId: 1, quantity: 1, price: 0.07 }]);
      expect(status).toBe(201);
    }, 60_000);
    await expectViewsToEqualPostgres(stack, 90_000);
  },
);

test('a killed broker is back as often as it is killed, and no registration is in its way', async () => {
  const deaths = [
    () => stack.kill('kafka'),
    async () => {
      await stack.compose('kill', '-s', 'SIGKILL', 'kafka');
      await stack.compose('start', 'kafka');
    },
  ];
  for (const die of deaths) {
    await die();
    await until(async () => {
      const health = await stack.inspect('kafka', '{{.State.Health.Status}}');
      expect(health).toBe('healthy');
    }, 120_000);
    await shop.placeOrder([{ productId: 1, quantity: 1, price: 0.07 }]);
    await expectViewsToEqualPostgres(stack, 90_000);
  }
  const log = await stack.compose('logs', '--no-log-prefix', 'kafka');
  const fencings = log.match(/broker that is gone: fenced/g) ?? [];
  expect(fencings.length).toBeGreaterThanOrEqual(deaths.length);
  expect(log).not.toContain('DUPLICATE_BROKER_REGISTRATION');
}, 480_000);

test('docker compose down stops every part in order within its time, and the data survives', async () => {
  const before = await expectViewsToEqualPostgres(stack);
  await stack.compose('stop');
  for (const service of ['command-service', 'query-service', 'relay-keeper', 'db']) {
    // 137 would be a SIGKILL after the grace period.
    const exitCode = await stack.inspect(service, '{{.State.ExitCode}}');
    expect([service, exitCode]).toEqual([service, '0']);
  }
  await stack.compose('down');

  await stack.startAgain();
  expect(await expectViewsToEqualPostgres(stack)).toEqual(before);
});

test('docker compose down -v leaves nothing', async () => {
  await stack.compose('down', '-v');

  const ours = ['--filter', `label=com.docker.compose.project=${stack.project}`, '-q'];
  expect(await docker('ps', '-a', ...ours)).toBe('');
  expect(await docker('volume', 'ls', ...ours)).toBe('');
  expect(await docker('network', 'ls', ...ours)).toBe('');
});

/** What `docker inspect` says, as far as it is looked at here. */
interface Inspected {
  readonly Config: { readonly User: string; readonly Env: string[] };
  readonly HostConfig: {
    readonly Memory: number;
    readonly PidsLimit: number;
    readonly LogConfig: { readonly Config: Record<string, string> };
    readonly Init: boolean;
    readonly PortBindings: Record<string, { HostIp: string }[]>;
  };
  readonly Mounts: { readonly Type: string; readonly Name?: string }[];
}
