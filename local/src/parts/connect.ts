import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { connectUser, connectUsers } from '../config';
import { java } from '../java';
import { javaClientProperties, propertiesFile } from '../java-client';
import { checkout, jarsDirectory } from '../paths';
import { connectionOf, connectionSpecs } from 'kafka-client/connection';
import { readEnvironment } from 'service-kit/environment';
import type { Command } from '../process';
import { answersReady } from '../ready';
import type { Part } from '../supervised-part';

interface ConnectOptions {
  /** Holds the worker's properties; created when missing. */
  directory: string;
  port: number;
  bootstrapServers: string;
  /** The worker's own environment: the connector reads the database's address and user from it, the driver the password from a file. */
  environment: NodeJS.ProcessEnv;
  /** What its REST asks of the user relay-keeper; left out: everybody may ask it. */
  password?: string;
}

/** The Kafka Connect worker with the Debezium plugin. */
export function connectPart(options: ConnectOptions): Part {
  return {
    name: 'connect',
    prepare: () => Promise.resolve(prepareConnect(options)),
    isReady: () => answersReady(`http://127.0.0.1:${options.port}/connectors`, login(options)),
    stopSignal: 'SIGTERM',
    graceMs: 15_000,
  };
}

function prepareConnect({
  directory,
  port,
  bootstrapServers,
  environment,
  password,
}: ConnectOptions): Command {
  mkdirSync(directory, { recursive: true });
  const properties = {
    ...sharedProperties(),
    ...securityProperties(environment),
    'bootstrap.servers': bootstrapServers,
    listeners: `http://127.0.0.1:${port}`,
    'rest.advertised.host.name': '127.0.0.1',
    'rest.advertised.port': String(port),
    'plugin.path': join(jarsDirectory, 'plugins'),
    ...(password !== undefined && {
      'rest.extension.classes': `${basicAuth}.BasicAuthSecurityRestExtension`,
    }),
  };
  const file = join(directory, 'worker.properties');
  writeFileSync(file, propertiesFile(properties), { mode: 0o600 });
  const main = 'org.apache.kafka.connect.cli.ConnectDistributed';
  return {
    ...java({
      main,
      args: [file],
      heap: 512,
      isForThroughput: true,
      ...(password !== undefined && { properties: askFor(password, directory) }),
    }),
    env: withPasswordFile(join(directory, 'pgpass'), environment),
  };
}

/** Each kind of client that a worker makes: for itself, and for its connectors. */
const clientKinds = ['', 'producer.', 'consumer.', 'admin.'];

/** How all of them reach brokers, as the environment says it to our own clients. */
function securityProperties(environment: NodeJS.ProcessEnv): Record<string, string> {
  const properties = javaClientProperties(
    connectionOf(readEnvironment(connectionSpecs, environment)),
  );
  return Object.fromEntries(
    clientKinds.flatMap((kind) =>
      Object.entries(properties).map(([name, value]) => [kind + name, value]),
    ),
  );
}

const basicAuth = 'org.apache.kafka.connect.rest.basic.auth.extension';

/** Java's system properties that make the REST extension ask for this password, which stands in a file. */
function askFor(password: string, directory: string): Record<string, string> {
  const users = join(directory, connectUsers);
  writeFileSync(users, `${connectUser}=${password}\n`, { mode: 0o600 });
  const file = join(directory, 'jaas.conf');
  const path = JSON.stringify(users);
  writeFileSync(
    file,
    `KafkaConnect { ${basicAuth}.PropertyFileLoginModule required file=${path}; };\n`,
  );
  return { 'java.security.auth.login.config': file };
}

function login({ password }: ConnectOptions): Record<string, string> {
  if (password === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${connectUser}:${password}`).toString('base64')}` };
}

/**
 * Moves the relay's password into a file that the PostgreSQL driver reads for this server, database and user only: Connect's REST can
 * show a value of the environment, and send it to another server.
 */
function withPasswordFile(
  file: string,
  { RELAY_DB_PASSWORD: password = '', ...given }: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { DB_SSLMODE: 'disable', DB_SSL_CA_FILE: '', ...given };
  if (given.DB_SSL_CA) {
    environment.DB_SSL_CA_FILE = `${file}-ca.pem`;
    writeFileSync(environment.DB_SSL_CA_FILE, given.DB_SSL_CA);
  }
  const { DB_HOST, DB_PORT, POSTGRES_DB, RELAY_DB_USER } = environment;
  const fields = [DB_HOST, DB_PORT, POSTGRES_DB, RELAY_DB_USER, password];
  const line = fields.map((field = '') => field.replace(/[\\:]/g, String.raw`\$&`)).join(':');
  writeFileSync(file, `${line}\n`, { mode: 0o600 });
  return { ...environment, PGPASSFILE: file };
}

/** What debezium/connect-worker.env says, renamed by the rule that it states. */
function sharedProperties(): Record<string, string> {
  const text = readFileSync(join(checkout, 'debezium', 'connect-worker.env'), 'utf8');
  return Object.fromEntries(
    Object.entries(parseEnv(text)).map(([name, value]) => [
      name
        .replace(/^CONNECT_/, '')
        .toLowerCase()
        .replaceAll('_', '.'),
      value ?? '',
    ]),
  );
}
