import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createKafka } from 'kafka-client/kafka';
import type { KafkaConnection } from 'kafka-client/connection';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  logLevel,
  ResourcePatternTypes,
} from 'kafkajs';
import { checkout } from 'local/paths';
import { query } from 'local/query';
import { tableOfPage } from '../local/test/support/table-of-page';
import { until } from 'local/until';
import { LocalStack } from './support/local-stack';
import { Shop } from './support/shop';

jest.setTimeout(240_000);

let stack: LocalStack;
let shop: Shop;

// As `npm start -- --secure` does it.
beforeAll(async () => {
  stack = await LocalStack.start({ environment: { SECURE: 'true' } });
  shop = new Shop(stack.commands);
});
afterAll(() => stack.remove());

const file = (name: string): string => readFileSync(join(stack.folder, 'secure', name), 'utf8');
const passwords = (): Record<string, string> =>
  JSON.parse(file('passwords.json')) as Record<string, string>;

/** As in another terminal, which knows no port and no password. @throws unless it ends with 0 */
async function outbox(...args: string[]): Promise<string> {
  const options = { cwd: checkout, env: { PATH: process.env.PATH, HOME: process.env.HOME } };
  const words = ['outbox', ...args, '--dir', stack.folder];
  return (await promisify(execFile)('npx', words, options)).stdout;
}

async function expectSales(cents: number): Promise<void> {
  await until(async () => {
    const answer = await fetch(`${stack.queries}/api/analytics/products/1/sales`);
    expect(await answer.json()).toMatchObject({ totalSales: cents });
  }, 60_000);
}

test('an order goes from PostgreSQL to the views, and the commands of another terminal work', async () => {
  await shop.createProduct('Secure', 'Things', 2);
  await shop.placeOrder([{ productId: 1, quantity: 3, price: 2 }]);
  await expectSales(6);
  await until(() => outbox('status'), 60_000);
  await outbox('reconcile');
  expect(await outbox('explain', 'product', '1')).toMatch(/Secure in Things/);
  expect(await outbox('reemit', 'product:1')).toMatch(/^product:1 event/);
  expect(await outbox('relay', 'unsendable')).toMatch(/nothing is known/);
  await outbox('relay-setup');
});

/** What the broker has, or a table says: `query: read on topic order-events`. */
const acl = (user: string, operation: string, kind: string, name: string): string =>
  `${user}: ${operation} on ${kind} ${name}`;

/** The table of SECURITY.md, one right for each text. */
function promisedRights(): string[] {
  const users: Record<string, string> = {
    keeper: 'keeper',
    Connect: 'connect',
    'query service': 'query',
  };
  const names = (kind: string, name: string): string[] => {
    if (kind === 'topic' && name === 'events') return ['order-events', 'product-events'];
    return [name.replace('<KAFKA_STREAMS_APP_ID>', 'ecommerce-analytics').replace('…', '*')];
  };
  return tableOfPage('SECURITY.md', 'who', 'topics').flatMap(
    ([who = '', topics = '', groups = '']) =>
      [
        ...topics.split(';').map((part) => ['topic', part]),
        ...groups.split(';').map((part) => ['group', part]),
      ].flatMap(([column = '', part = '']) => {
        const [resources = '', operations = ''] = part.split(':');
        const kind = resources.includes('transactional ') ? 'transactional id' : column;
        return resources
          .replace('transactional ', '')
          .split(',')
          .flatMap((name) => names(kind, name.trim()))
          .flatMap((name) =>
            operations
              .split(',')
              .map((operation) => acl(users[who] ?? who, operation.trim(), kind, name)),
          );
      }),
  );
}

test("the broker's ACLs are those that SECURITY.md tells of, and no others", async () => {
  const kinds: Record<number, string> = {
    [AclResourceTypes.TOPIC]: 'topic',
    [AclResourceTypes.GROUP]: 'group',
    [AclResourceTypes.TRANSACTIONAL_ID]: 'transactional id',
  };
  const operations: Record<number, string> = {
    [AclOperationTypes.CREATE]: 'create',
    [AclOperationTypes.READ]: 'read',
    [AclOperationTypes.WRITE]: 'write',
    [AclOperationTypes.DESCRIBE]: 'describe',
    [AclOperationTypes.ALTER]: 'alter',
    [AclOperationTypes.DESCRIBE_CONFIGS]: 'read settings',
    [AclOperationTypes.ALTER_CONFIGS]: 'change settings',
  };
  const { KAFKA_ADMIN: password = '' } = passwords();
  const client = createKafka(
    {
      brokers: [stack.bootstrapServers],
      tls: { ca: file('ca.pem') },
      sasl: { mechanism: 'PLAIN', username: 'admin', password },
    },
    { clientId: 'auditor', logLevel: logLevel.NOTHING },
  ).admin();
  await client.connect();
  const { resources } = await client.describeAcls({
    resourceType: AclResourceTypes.ANY,
    resourcePatternType: ResourcePatternTypes.ANY,
    operation: AclOperationTypes.ANY,
    permissionType: AclPermissionTypes.ANY,
  });
  await client.disconnect();
  const found = resources.flatMap(({ resourceType, resourceName, resourcePatternType, acls }) =>
    acls.map(({ principal, host, operation, permissionType }) => {
      expect([host, permissionType]).toEqual(['*', AclPermissionTypes.ALLOW]);
      const isPrefix = resourcePatternType === ResourcePatternTypes.PREFIXED;
      const kind = kinds[resourceType] ?? String(resourceType);
      const right = operations[operation] ?? String(operation);
      return acl(principal.replace('User:', ''), right, kind, resourceName + (isPrefix ? '*' : ''));
    }),
  );
  expect(found.sort()).toEqual(promisedRights().sort());
});

describe('nobody comes in', () => {
  const login = (password: string) => ({
    ...{ host: '127.0.0.1', port: stack.ports.DB_PORT, database: 'analytics_db' },
    ...{ user: 'command_service', password },
  });
  const verified = () => ({ ca: file('ca.pem') });

  test('to PostgreSQL without TLS, or by a password that everybody knows', async () => {
    const { SERVICE_DB = '' } = passwords();
    await expect(query(login(SERVICE_DB), 'SELECT 1')).rejects.toThrow('no encryption');
    await expect(
      query({ ...login('command_service'), ssl: verified() }, 'SELECT 1'),
    ).rejects.toThrow('password authentication failed');
    await expect(
      query({ ...login(SERVICE_DB), ssl: verified() }, 'SELECT 1'),
    ).resolves.toHaveLength(1);
  });

  const admin = async (connection: Partial<KafkaConnection>): Promise<string[]> => {
    const options = { clientId: 'stranger', retry: { retries: 0 }, logLevel: logLevel.NOTHING };
    const client = createKafka(
      { brokers: [stack.bootstrapServers], ...connection },
      options,
    ).admin();
    try {
      await client.connect();
      return await client.listTopics();
    } finally {
      await client.disconnect();
    }
  };
  const sasl = (username: string, password: string) =>
    ({ mechanism: 'PLAIN', username, password }) as const;

  test('to Kafka without TLS, or without a login', async () => {
    const { KAFKA_QUERY = '' } = passwords();
    await expect(admin({})).rejects.toThrow();
    await expect(admin({ tls: verified() })).rejects.toThrow();
    await expect(admin({ tls: verified(), sasl: sasl('query', 'query') })).rejects.toThrow(
      /[Aa]uthentication/,
    );
    expect(await admin({ tls: verified(), sasl: sasl('query', KAFKA_QUERY) })).toContain(
      'order-events',
    );
  });

  test("to the controller's listener, which may do anything, without the admin's login", async () => {
    const controller = [`127.0.0.1:${stack.ports.KAFKA_CONTROLLER_PORT}`];
    const { KAFKA_KEEPER = '' } = passwords();
    await expect(admin({ brokers: controller })).rejects.toThrow();
    await expect(
      admin({ brokers: controller, tls: verified(), sasl: sasl('keeper', KAFKA_KEEPER) }),
    ).rejects.toThrow(/[Aa]uthentication/);
  });

  test('as who only reads, to write', async () => {
    const { KAFKA_QUERY = '' } = passwords();
    const connection = { brokers: [stack.bootstrapServers], tls: verified() };
    const options = { clientId: 'stranger', retry: { retries: 0 }, logLevel: logLevel.NOTHING };
    const producer = createKafka(
      { ...connection, sasl: sasl('query', KAFKA_QUERY) },
      options,
    ).producer();
    await producer.connect();
    const sent = producer.send({ topic: 'order-events', messages: [{ value: 'evil' }] });
    await expect(sent).rejects.toThrow(/[Aa]uthoriz/);
    await producer.disconnect();
  });
});

test('what was made is closed to other users, and holds no key that signs', () => {
  const folder = join(stack.folder, 'secure');
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  const files = readdirSync(folder);
  expect(files.sort()).toEqual(
    ['ca.pem', 'kafka.key', 'kafka.pem', 'passwords.json', 'postgres.key', 'postgres.pem'].sort(),
  );
  for (const name of files) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
});

test('when a certificate is renewed, npm start and each of our processes ask by name for a restart', async () => {
  const renewed = join(stack.folder, 'secure', 'ca.pem');
  const before = file('ca.pem');
  const restart = (who: string): string => `holds something else by now: restart ${who},`;
  writeFileSync(renewed, `${before}\n`);
  const log = (name: string): string => readFileSync(join(stack.folder, name), 'utf8');
  await until(() => expect(log('output.log')).toContain(restart('npm start')), 60_000);
  for (const name of ['relay-keeper', 'command-service', 'query-service']) {
    await until(() => expect(log(`logs/${name}.log`)).toContain(restart(name)), 60_000);
  }
  writeFileSync(renewed, before);
});

test('the second start takes the same passwords, certificates and data', async () => {
  const before = [file('passwords.json'), file('ca.pem')];
  await stack.killAll();
  await stack.startAgain();
  expect([file('passwords.json'), file('ca.pem')]).toEqual(before);
  await shop.placeOrder([{ productId: 1, quantity: 1, price: 2 }]);
  await expectSales(8);
});
