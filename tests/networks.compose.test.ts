import { query } from 'local/query';
import { until } from 'local/until';
import { Client } from 'pg';
import { ComposeStack } from './support/compose-stack';

jest.setTimeout(360_000);

let stack: ComposeStack;
beforeAll(async () => {
  stack = await ComposeStack.start();
});
afterAll(() => stack.remove());

const ports = { db: 5432, kafka: 9092, connect: 8083 } as const;
type Target = keyof typeof ports;

/** Who may reach whom. PostgreSQL's and Kafka's containers share a network with Connect, so these could as well. */
const reach: Record<string, readonly Target[]> = {
  'command-service': ['db'],
  'query-service': ['kafka'],
  'relay-keeper': ['db', 'kafka', 'connect'],
  connect: ['db', 'kafka', 'connect'],
  db: ['db', 'connect'],
  kafka: ['kafka', 'connect'],
};

/** Every address of a container, and its name. */
async function addressesOf(service: Target): Promise<string[]> {
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}';
  return [service, ...(await stack.inspect(service, format)).trim().split(/ +/)];
}

/** Whether a connection from one container comes about. */
async function reaches(from: string, address: string, port: number): Promise<boolean> {
  const attempt = `const socket = require('net').connect(${port}, '${address}');
    socket.setTimeout(2000, () => process.exit(1));
    socket.on('error', () => process.exit(1)).on('connect', () => process.exit(0))`;
  const isNode = ['command-service', 'query-service', 'relay-keeper'].includes(from);
  const command = isNode
    ? ['node', '-e', attempt]
    : ['timeout', '2', 'bash', '-c', `</dev/tcp/${address}/${port}`];
  return stack.compose('exec', '-T', from, ...command).then(
    () => true,
    () => false,
  );
}

describe.each(Object.entries(reach))('%s reaches', (from, reached) => {
  test.each(Object.entries(ports) as [Target, number][])('%s, or not', async (target, port) => {
    const addresses = await addressesOf(target);
    const look = () => Promise.all(addresses.map((address) => reaches(from, address, port)));
    // Whoever is reached answers late on a busy machine.
    if (reached.includes(target))
      await until(async () => expect(await look()).toContain(true), 60_000);
    else expect(await look()).toEqual(addresses.map(() => false));
  });
});

test('what operators run beside it reaches all that it acts on', async () => {
  const printed = await stack.compose(
    'run',
    '--rm',
    'relay-setup',
    'outbox',
    'relay',
    'unsendable',
  );
  expect(printed).toContain('nothing is known that could not be sent');
});

test("Connect's REST is published with an allow-list, and itself not at all", async () => {
  const plugin = 'io.debezium.connector.postgresql.PostgresConnector';
  const status = async (method: string, path: string) =>
    (
      await fetch(stack.connect + path, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(method === 'PUT' && { body: JSON.stringify({ 'connector.class': plugin }) }),
      })
    ).status;
  expect(await status('GET', '/connectors')).toBe(200);
  expect(await status('PUT', `/connector-plugins/${plugin}/config/validate`)).toBe(404);
  expect(await status('PUT', '/connectors/outbox-relay/config')).toBe(405);
  expect(await stack.inspect('connect', '{{json .HostConfig.PortBindings}}')).toBe('{}');
});

test("the relay's login gets into its own database, and not as a standby", async () => {
  const login = async (database: string, replication?: 'true') => {
    const { host, port } = stack.database;
    const options = { host, port, database, user: 'relay', password: 'relay', replication };
    const client = new Client(options);
    await client.connect();
    await client.end();
  };
  await login('analytics_db');
  await expect(login('postgres')).rejects.toThrow('pg_hba.conf');
  await expect(login('analytics_db', 'true')).rejects.toThrow('pg_hba.conf');
  await expect(query(stack.database, 'SELECT 1')).resolves.toHaveLength(1);
});
