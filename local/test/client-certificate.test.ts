import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Authority, createAuthority } from 'local/authority';
import { java } from 'local/java';
import { javaClientProperties, propertiesFile } from 'local/java-client';
import { runToEnd } from 'local/process';
import { type SecuredBroker, startSecuredBroker } from './support/temporary';
import { KafkaAdmin } from 'kafka-client/kafka-admin';
import type { KafkaConnection } from 'kafka-client/connection';

let authority: Authority;
let broker: SecuredBroker;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'outbox-analytics-client-certificate-'));
  authority = createAuthority();
  const ca = authority.certificate;
  broker = await startSecuredBroker(authority.issue('kafka'), ca, {}, authority.issue('admin'));
});
afterAll(async () => {
  await broker?.stop();
  rmSync(folder, { recursive: true });
});

async function topics(connection: KafkaConnection): Promise<string[]> {
  const admin = new KafkaAdmin(connection, 'test');
  try {
    return await admin.topics();
  } finally {
    await admin.close();
  }
}

const { certificate: unknown, key } = createAuthority().issue('stranger');
const ca = () => ({ ca: authority.certificate });

test('a client with a certificate of the authority comes in: ours, and one of Kafka itself', async () => {
  expect(await topics(broker.admin)).toEqual([]);
  const file = join(folder, 'client.properties');
  writeFileSync(file, propertiesFile(javaClientProperties(broker.admin)));
  const log = join(folder, 'log');
  const args = ['--bootstrap-server', broker.bootstrapServers, '--command-config', file];
  args.push('--alter', '--entity-type', 'users', '--entity-name', 'made-by-java');
  args.push('--add-config', 'SCRAM-SHA-512=[password=of-java]');
  await runToEnd(java({ main: 'kafka.admin.ConfigCommand', args, heap: 128 }), log);
  expect(readFileSync(log, 'utf8')).toContain('Completed updating config for user made-by-java');
});

test.each([
  ['without one', () => ca()],
  ['with one of another authority', () => ({ ...ca(), client: { certificate: unknown, key } })],
])('%s it does not, and one line says what to look at', async (_, tls) => {
  await expect(topics({ ...broker.admin, tls: tls() })).rejects.toThrow(
    /refuses this client's certificate, or wants one: look at KAFKA_SSL_CERTIFICATE/,
  );
});
