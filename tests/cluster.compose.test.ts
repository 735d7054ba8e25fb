import { query } from 'local/query';
import { until } from 'local/until';
import { ClusterLoad } from './support/cluster-load';
import { ComposeStack } from './support/compose-stack';
import { expectViewsToEqualPostgres } from './support/converge';
import { Shop } from './support/shop';
import type { Stack } from './support/stack';

jest.setTimeout(420_000);

const files = ['docker-compose.yml', 'docker-compose.cluster.yml'];
const deadlineMs = 90_000;

/** Without these no command can be answered; all others must not be noticed by whoever orders. */
const neededToOrder = ['db', 'command-service'];
/** Without these no watermark is written; all others must not keep events from the views. */
const neededToBeFresh = ['db', 'relay-keeper'];

let stack: ComposeStack;
let load: ClusterLoad;
beforeAll(async () => {
  stack = await ComposeStack.start(files, [
    'QUERY_SERVER_PORT_2',
    'QUERY_ADMIN_PORT_2',
    'CONNECT_PORT_2',
  ]);
  const shop = new Shop(stack.commands);
  await shop.createProduct('Laptop', 'Electronics', 500);
  await expectViewsToEqualPostgres(stack);
  load = new ClusterLoad(shop, [
    stack.queries,
    stack.queries.replace(/\d+$/, stack.variables.QUERY_SERVER_PORT_2 ?? ''),
  ]);
});
afterAll(async () => {
  await load?.stop();
  await stack?.remove();
});

test.each([
  'kafka',
  'kafka-2',
  'kafka-3',
  'connect',
  'connect-2',
  'query-service',
  'query-service-2',
  'query-proxy',
  'query-proxy-2',
  'relay-keeper',
  'command-service',
  'db',
])('%s killed under load: reads go on, and so does what does not need it', async (service) => {
  const before = {
    reads: load.reads,
    refused: load.refused.length,
    secondTries: load.secondTries.length,
    failed: load.failedReads.length,
  };
  await stack.compose('kill', service);
  const orders = load.acknowledged.length;
  const killedAt = new Date().toISOString();

  try {
    await until(() => {
      expect(load.reads).toBeGreaterThan(before.reads + 50);
      if (!neededToOrder.includes(service)) {
        expect(load.acknowledged.length).toBeGreaterThan(orders + 20);
      }
      if (!neededToBeFresh.includes(service)) expect(load.asOf > killedAt).toBe(true);
    }, deadlineMs);
  } finally {
    await startAgain(service);
  }

  expect(load.failedReads.slice(before.failed)).toEqual([]);
  // A proxy asks the other replica itself: its clients notice nothing.
  if (service.startsWith('query-service')) {
    expect(load.secondTries.slice(before.secondTries)).toEqual([]);
  }
  if (!neededToOrder.includes(service)) expect(load.refused.slice(before.refused)).toEqual([]);
});

test('nothing acknowledged is lost, and either replica shows what PostgreSQL has', async () => {
  await load.stop();
  const rows = await query<{ id: string }>(stack.database, 'SELECT id::text FROM orders');
  const stored = new Set(rows.map(({ id }) => Number(id)));
  expect(load.acknowledged.filter((id) => !stored.has(id))).toEqual([]);

  // With the other one down, the proxies have only this one to ask.
  const replicas = [
    { down: 'query-service', up: stack.variables.QUERY_ADMIN_PORT_2 },
    { down: 'query-service-2', up: stack.variables.QUERY_ADMIN_PORT },
  ];
  for (const { down, up } of replicas) {
    await stack.compose('kill', down);
    const { products } = await expectViewsToEqualPostgres(withQueryAdmin(up ?? ''));
    expect(Number(products['1'])).toBe(rows.length * 7);
    await startAgain(down);
  }
});

/** The stack, with another replica's admin listener. */
function withQueryAdmin(port: string): Stack {
  return Object.create(stack, { queryAdmin: { value: `http://127.0.0.1:${port}` } }) as Stack;
}

async function startAgain(service: string): Promise<void> {
  await stack.compose('start', service);
  await until(async () => {
    expect(await stack.inspect(service, '{{.State.Health.Status}}')).toBe('healthy');
  }, deadlineMs);
  if (service.startsWith('kafka')) await until(() => expectAllReplicasInSync(), deadlineMs);
}

/** Until then the loss of another broker would leave partitions with too few replicas to write. */
async function expectAllReplicasInSync(): Promise<void> {
  const lagging = await stack.compose(
    ...['exec', '-T', 'kafka', '/opt/kafka/bin/kafka-topics.sh'],
    ...['--bootstrap-server', 'kafka:9092,kafka-2:9092,kafka-3:9092'],
    ...['--describe', '--under-replicated-partitions'],
  );
  expect(lagging.trim()).toBe('');
}
