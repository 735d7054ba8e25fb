import { query } from 'local/query';
import { until } from 'local/until';
import { ComposeStack } from './support/compose-stack';
import { Shop } from './support/shop';

jest.setTimeout(420_000);

let stack: ComposeStack;
let shop: Shop;
beforeAll(async () => {
  stack = await ComposeStack.start(['docker-compose.yml', 'docker-compose.secure.yml']);
  shop = new Shop(stack.commands);
});
afterAll(() => stack.remove());

async function expectSales(cents: number): Promise<void> {
  await until(async () => {
    const answer = await fetch(`${stack.queries}/api/analytics/products/1/sales`);
    expect(await answer.json()).toMatchObject({ totalSales: cents });
  }, 90_000);
}

const inside = (service: string, ...command: string[]): Promise<string> =>
  stack.compose('exec', '-T', service, ...command);

test('an order goes from PostgreSQL to the views, and the commands work', async () => {
  await shop.createProduct('Secure', 'Things', 2);
  await shop.placeOrder([{ productId: 1, quantity: 3, price: 2 }]);
  await expectSales(6);
  await until(() => inside('query-service', 'outbox', 'status'), 60_000);
  await inside('relay-keeper', 'outbox', 'reconcile');
  expect(await inside('relay-keeper', 'outbox', 'explain', 'product', '1')).toMatch(
    /Secure in Things/,
  );
  const words = ['run', '--rm', 'relay-setup', 'outbox', 'relay', 'unsendable'];
  expect(await stack.compose(...words)).toContain('nothing is known');
});

test('PostgreSQL takes nobody without TLS, nor by the passwords of the plain stack', async () => {
  await expect(query(stack.database, 'SELECT 1')).rejects.toThrow('no encryption');
  const encrypted = { ...stack.database, ssl: { rejectUnauthorized: false } };
  await expect(query(encrypted, 'SELECT 1')).rejects.toThrow('password authentication failed');
});

test('Kafka takes nobody without TLS and a login', async () => {
  const topics = (more: string): Promise<string> =>
    inside(
      'kafka',
      ...[
        'bash',
        '-c',
        `/opt/kafka/bin/kafka-topics.sh --bootstrap-server kafka:9092 --list ${more}`,
      ],
    );
  // The tool's own limit; otherwise it tries for a minute.
  const limits = 'default.api.timeout.ms=6000\\nrequest.timeout.ms=3000';
  const plain = `--command-config <(printf '${limits}\\n')`;
  await expect(topics(plain)).rejects.toThrow();
});

test('each container sees its own passwords, and no key that signs', async () => {
  const seen = {
    'command-service': ['ca.pem', 'service_db_password'],
    'query-service': ['ca.pem', 'kafka_password'],
    'relay-keeper': ['audit_db_password', 'ca.pem', 'kafka_password', 'relay_db_password'],
    db: ['ca.pem', 'postgres_password', 'server.key', 'server.pem'],
    kafka: ['ca.pem', 'controller.properties', 'environment', 'server.pem'],
    connect: ['ca.pem', 'environment'],
  };
  for (const [service, files] of Object.entries(seen)) {
    const listed = await inside(service, 'ls', '/run/secure');
    expect([service, listed.trim().split(/\s+/)]).toEqual([service, files]);
  }
});

test('when a certificate is renewed, each container asks by name for its restart', async () => {
  const renew =
    'for folder in /secure/*/; do if [ -e $folder/ca.pem ]; then echo >> $folder/ca.pem; fi; done';
  const words = ['run', '--rm', '--no-deps', '--entrypoint', 'bash', 'secure-setup', '-c', renew];
  await stack.compose(...words);
  for (const service of [
    'db',
    'kafka',
    'connect',
    'relay-keeper',
    'command-service',
    'query-service',
  ]) {
    await until(async () => {
      const line = `holds something else by now: restart ${service},`;
      expect(await stack.compose('logs', '--no-log-prefix', service)).toContain(line);
    }, 60_000);
  }
});

test('the pipeline goes on after the broker and everything was restarted', async () => {
  await stack.kill('kafka');
  await shop.placeOrder([{ productId: 1, quantity: 1, price: 2 }]);
  await expectSales(8);
  await stack.compose('up', '-d', '--force-recreate', '--no-build');
  await until(async () => {
    expect((await shop.placeOrder([{ productId: 1, quantity: 1, price: 2 }])).status).toBe(201);
  }, 120_000);
  await until(async () => {
    const answer = await fetch(`${stack.queries}/api/analytics/products/1/sales`);
    expect(((await answer.json()) as { totalSales: number }).totalSales).toBeGreaterThanOrEqual(10);
  }, 120_000);
});
