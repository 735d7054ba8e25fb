import { query } from 'local/query';
import { until } from 'local/until';
import { ClusterLoad } from './support/cluster-load';
import { ComposeStack } from './support/compose-stack';
import { expectViewsToEqualPostgres } from './support/converge';
import { Shop } from './support/shop';

jest.setTimeout(300_000);

/** What PostgreSQL's failover is promised to take. */
const commandsBackMs = 30_000;
const asOfBackMs = 60_000;
/** Until a member that was started again may take over. */
const preparedMs = 150_000;

const members = ['db-1', 'db-2'];
const parts = ['db', ...members, 'etcd-1', 'etcd-2', 'etcd-3'];

let stack: ComposeStack;
let load: ClusterLoad;
beforeAll(async () => {
  stack = await ComposeStack.start(['docker-compose.yml', 'docker-compose.failover.yml']);
  await new Shop(stack.commands).createProduct('Laptop', 'Electronics', 500);
  await expectViewsToEqualPostgres(stack);
  await untilPrepared();
  load = new ClusterLoad([stack], true);
});
afterAll(async () => {
  await load?.stop();
  await stack?.remove();
});

test.each(parts)(
  '%s has no root, no capability, and writes only where it must',
  async (service) => {
    const { HostConfig, Config } = JSON.parse(await stack.inspect(service, '{{json .}}')) as {
      HostConfig: { PortBindings: Record<string, { HostIp: string }[]>; Memory: number };
      Config: { User: string; Env: string[] };
    };
    expect(HostConfig).toMatchObject({
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      ReadonlyRootfs: true,
      Init: true,
    });
    expect(HostConfig.Memory).toBeGreaterThan(0);
    expect(Config.User).not.toMatch(/^(root|0(:.*)?|)$/);
    expect(Config.Env.filter((line) => /PASSWORD=./.test(line))).toEqual([]);
    const published = Object.values(HostConfig.PortBindings).flat();
    expect(published.map(({ HostIp }) => HostIp)).toEqual(service === 'db' ? ['127.0.0.1'] : []);
  },
);

test('who asks PostgreSQL reaches it by its address only', async () => {
  const look = (host: string) =>
    stack.compose(
      'exec',
      '-T',
      'command-service',
      'node',
      '-e',
      `
      require('node:dns').lookup('${host}', (error) => process.exit(error ? 1 : 0))`,
    );
  await look('db');
  for (const host of parts.slice(1)) await expect(look(host)).rejects.toThrow();
});

test('an etcd killed: nobody notices', async () => {
  const refused = load.refused.length;
  const back = await killed(() => stack.compose('kill', 'etcd-1'));
  await stack.compose('start', 'etcd-1');
  expect(load.refused.slice(refused)).toEqual([]);
  report('an etcd killed', back);
});

test('the standby killed: the primary goes on alone, and takes it back', async () => {
  const { standby } = await roles();
  const back = await killed(() => stack.compose('kill', standby));
  await stack.compose('start', standby);
  await untilPrepared();
  report('the standby killed', back);
});

test('the address killed: its restart brings it back', async () => {
  report('the address killed', await killed(() => stack.killWithin('db')));
});

test('the primary killed: the standby takes over, and the old primary comes back as standby', async () => {
  const { primary, standby } = await roles();
  const back = await killed(() => stack.compose('kill', primary));
  await stack.compose('start', primary);
  await untilPrepared();
  expect(await roles()).toEqual({ primary: standby, standby: primary });
  report('the primary killed', back);
});

test('a switchover on purpose: primary and standby change places', async () => {
  const { primary, standby } = await roles();
  const [leader, candidate] = [primary, standby].map((member) => member.replace('-', '_'));
  const back = await killed(() =>
    patronictl(standby, `switchover --force --leader ${leader} --candidate ${candidate}`),
  );
  await untilPrepared();
  expect(await roles()).toEqual({ primary: standby, standby: primary });
  report('a switchover', back);
});

test('nothing acknowledged is lost, no command was done twice, and Kafka and the views have what PostgreSQL has', async () => {
  await load.stop();
  expect(load.failedReads).toEqual([]);

  const orders = await query<{ id: string }>(stack.database, 'SELECT id::text FROM orders');
  expect(new Set(load.acknowledged).size).toBe(load.acknowledged.length);
  // Each was repeated until it was acknowledged: another order were one that was done twice.
  expect(orders.map(({ id }) => Number(id)).sort(byNumber)).toEqual(
    [...load.acknowledged].sort(byNumber),
  );

  const { products } = await expectViewsToEqualPostgres(stack);
  expect(Number(products['1'])).toBe(orders.length * 7);

  const rows = await query<{ id: string }>(stack.database, 'SELECT id::text FROM outbox');
  expect((await relayedIds()).sort()).toEqual(rows.map(({ id }) => id).sort());
});

interface Back {
  readonly commandsMs: number;
  readonly asOfMs: number;
}

/** Does it, and waits until commands are answered again and reads show what was committed later. @returns how long both took */
async function killed(kill: () => Promise<unknown>): Promise<Back> {
  const failedReads = load.failedReads.length;
  const reads = load.reads;
  const began = Date.now();
  await kill();
  const killedAt = new Date().toISOString();
  const orders = load.acknowledged.length;
  const takes = async (met: () => boolean, deadlineMs: number): Promise<number> => {
    await until(() => expect(met()).toBe(true), deadlineMs);
    return Date.now() - began;
  };
  const [commandsMs, asOfMs] = await Promise.all([
    takes(() => load.acknowledged.length > orders + 20, commandsBackMs),
    takes(() => load.asOf > killedAt, asOfBackMs),
  ]);
  expect(load.reads).toBeGreaterThan(reads + 20);
  expect(load.failedReads.slice(failedReads)).toEqual([]);
  return { commandsMs, asOfMs };
}

function report(what: string, { commandsMs, asOfMs }: Back): void {
  process.stdout.write(`${what}: commands after ${commandsMs} ms, As-Of after ${asOfMs} ms\n`);
}

/** Who is what now, by their services. @throws when there is no standby for which commits wait */
async function roles(): Promise<{ primary: string; standby: string }> {
  const found = await Promise.any(members.map((member) => patronictl(member, 'list -f json')));
  const listed = JSON.parse(found) as { Host: string; Role: string }[];
  const hostOf = (role: string): string => {
    const member = listed.find(({ Role }) => Role === role);
    if (member === undefined) throw new Error(`no ${role}: ${found}`);
    return member.Host;
  };
  return { primary: hostOf('Leader'), standby: hostOf('Sync Standby') };
}

/** The standby has all that was acknowledged, Kafka has nothing more, and the relay can go on in its slot there. */
async function untilPrepared(): Promise<void> {
  await until(async () => {
    const health = await fetch(`http://127.0.0.1:${stack.ports.RELAY_KEEPER_PORT}/health/ready`);
    const { missingForFailover } = (await health.json()) as { missingForFailover: unknown };
    expect(missingForFailover).toEqual([]);
    const { standby } = await roles();
    const copy = `SELECT failover AND synced AND NOT temporary FROM pg_replication_slots WHERE slot_name = 'relay'`;
    const psql = ['exec', '-T', standby, 'psql', '-XAtU', 'patroni', 'postgres', '-c', copy];
    expect((await stack.compose(...psql)).trim()).toBe('t');
  }, preparedMs);
}

function patronictl(member: string, command: string): Promise<string> {
  return stack.compose('exec', '-T', member, 'patronictl', ...command.split(' '));
}

/** The id of each record of the event topics. */
async function relayedIds(): Promise<string[]> {
  const consumer = [
    '/opt/kafka/bin/kafka-console-consumer.sh --bootstrap-server kafka:9092 --include "product-events|order-events"',
    '--from-beginning --isolation-level read_committed --timeout-ms 10000',
    '--property print.headers=true --property print.value=false',
  ];
  const printed = await stack.compose('exec', '-T', 'kafka', 'bash', '-c', consumer.join(' '));
  return [...printed.matchAll(/(?:^|,)id:([0-9a-f-]{36})/gm)].map(([, id = '']) => id);
}

const byNumber = (a: number, b: number): number => a - b;
