import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once as onceEvent } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { nodeCommand } from 'local/parts/service';
import { freePorts } from 'local/ports';
import { type RunningProcess, runToEnd, startProcess } from 'local/process';
import {
  migrate,
  type SecuredBroker,
  settingsOf,
  startSecuredBroker,
  startTemporaryConnect,
  startTemporaryPostgres,
  type TemporaryConnect,
  type TemporaryPostgres,
} from '../local/test/support/temporary';
import { type Authority, createAuthority } from 'local/authority';
import { until } from 'local/until';

const passwords = {
  connect: 'of-connect',
  keeper: 'of-keeper',
  query: 'of-query',
};

let folder: string;
let authority: Authority;
let postgres: TemporaryPostgres;
let broker: SecuredBroker;
let connect: TemporaryConnect;
let environment: NodeJS.ProcessEnv;
let ports: number[];
const running: RunningProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'outbox-analytics-secured-'));
  authority = createAuthority();
  const ca = authority.certificate;
  [postgres, broker, ports] = await Promise.all([
    startTemporaryPostgres({ tls: authority.issue('postgres') }),
    startSecuredBroker(authority.issue('kafka'), ca, passwords),
    freePorts(6),
  ]);
  await allow();
  environment = {
    ...process.env,
    ...settingsOf(postgres),
    DB_SSLMODE: 'verify-full',
    DB_SSL_CA: ca,
    SERVICE_DB_PASSWORD: 'service',
    RELAY_DB_USER: 'relay',
    RELAY_DB_PASSWORD: 'relay',
    AUDIT_DB_PASSWORD: 'audit',
    KAFKA_BOOTSTRAP_SERVERS: broker.bootstrapServers,
    KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
    KAFKA_SSL_CA: ca,
    QUERY_DATA_DIR: join(folder, 'views'),
    AUTH_MODE: 'none',
    HTTP_HOST: '127.0.0.1',
    ADMIN_HOST: '127.0.0.1',
    SERVER_PORT: String(ports[0]),
    COMMAND_ADMIN_PORT: String(ports[1]),
    QUERY_SERVER_PORT: String(ports[2]),
    QUERY_ADMIN_PORT: String(ports[3]),
    RELAY_KEEPER_PORT: String(ports[4]),
    QUERY_ADMIN_URLS: `http://127.0.0.1:${ports[3]}`,
    RECONCILE_INTERVAL: '0',
  };
  await migrate(environment);
  await once('relay-setup');
  connect = await startTemporaryConnect(broker.bootstrapServers, as('connect'));
  environment.CONNECT_URL = connect.url;
});

afterAll(async () => {
  for (const one of running) {
    one.signal('SIGKILL');
    await one.exited;
  }
  await Promise.all([connect, postgres, broker].map((server) => server?.stop()));
  rmSync(folder, { recursive: true });
});

const login = (user: keyof typeof passwords, mechanism = 'SCRAM-SHA-512') => ({
  KAFKA_SASL_MECHANISM: mechanism,
  KAFKA_SASL_USERNAME: user,
  KAFKA_SASL_PASSWORD: passwords[user],
});

const as = (user: keyof typeof passwords, mechanism?: string): NodeJS.ProcessEnv => ({
  ...environment,
  ...login(user, mechanism),
});

const logOf = (name: string): string => readFileSync(join(folder, `${name}.log`), 'utf8');

async function start(
  name: string,
  script: string,
  variables: NodeJS.ProcessEnv,
): Promise<RunningProcess> {
  const one = await startProcess(nodeCommand([script], variables), join(folder, `${name}.log`));
  running.push(one);
  return one;
}

async function once(
  verb: string,
  variables: NodeJS.ProcessEnv = environment,
  ...args: string[]
): Promise<void> {
  const command = nodeCommand(['cli/dist/main.js', verb, ...args], variables);
  await runToEnd(command, join(folder, `${verb}.log`));
}

/** The rights that both ways of running give, by the program that does it there. */
async function allow(): Promise<void> {
  const { brokers, tls, sasl } = broker.admin;
  const variables = {
    PATH: process.env.PATH,
    KAFKA_BOOTSTRAP_SERVERS: brokers.join(','),
    KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
    KAFKA_SSL_CA: tls?.ca,
    KAFKA_SASL_MECHANISM: sasl?.mechanism,
    KAFKA_SASL_USERNAME: sasl?.username,
    KAFKA_SASL_PASSWORD: sasl?.password,
  };
  await runToEnd(
    nodeCommand(['debezium/dist/kafka-setup.js'], variables),
    join(folder, 'acls.log'),
  );
}

const url = (place: number, path: string): string => `http://127.0.0.1:${ports[place]}${path}`;

async function ready(place: number): Promise<void> {
  const answer = await fetch(url(place, '/health/ready'));
  if (answer.status !== 200) throw new Error(await answer.text());
}

async function post(path: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const options = { method: 'POST', headers, body: JSON.stringify(body) };
  expect((await fetch(url(0, path), options)).status).toBe(201);
}

test('with TLS, logins and the least rights, an order goes from PostgreSQL to the views', async () => {
  await start('keeper', 'debezium/dist/main.js', as('keeper'));
  await start('command', 'command-service/dist/main.js', environment);
  await start('query', 'query-service/dist/main.js', as('query', 'PLAIN'));
  for (const place of [0, 4, 2]) await until(() => ready(place), 60_000);
  await post('/api/products', { name: 'a', category: 'b', price: 2 });
  await post('/api/orders', { customerId: 1, items: [{ productId: 1, quantity: 3, price: 2 }] });
  await until(async () => {
    const answer = await fetch(url(2, '/api/analytics/products/1/sales'));
    expect(await answer.json()).toEqual({ productId: 1, totalSales: 6 });
  }, 60_000);
  await once('reconcile');
  await once('explain', as('keeper'), 'product', '1');
  expect((await fetch(url(4, '/explain/order/1'))).status).toBe(200);
});

describe('PostgreSQL: one clear line, and no other way in', () => {
  test.each<[string, () => NodeJS.ProcessEnv, RegExp]>([
    ['plain text', () => ({ DB_SSLMODE: 'disable', DB_SSL_CA: '' }), /no encryption/],
    [
      'another authority',
      () => ({ DB_SSL_CA: createAuthority().certificate }),
      /unable to verify|self.signed|signature/,
    ],
    ['no authority', () => ({ DB_SSL_CA: '' }), /DB_SSL_CA is missing/],
    ['another name', () => ({ DB_HOST: 'ip6-localhost.invalid' }), /ENOTFOUND|EAI_AGAIN/],
  ])('%s', async (_, variables, line) => {
    await expect(once('relay-setup', { ...environment, ...variables() })).rejects.toThrow(line);
  });

  test('an expired certificate', async () => {
    const expired = await startTemporaryPostgres({ tls: authority.issue('postgres', -1) });
    try {
      const variables = { ...environment, DB_PORT: String(expired.port) };
      await expect(once('relay-setup', variables)).rejects.toThrow('certificate has expired');
    } finally {
      await expired.stop();
    }
  });

  test('require takes any certificate, verify-ca any name', async () => {
    await once('relay-setup', { ...environment, DB_SSLMODE: 'require', DB_SSL_CA: '' });
    await once('relay-setup', { ...environment, DB_SSLMODE: 'verify-ca' });
  });
});

describe('one clear line, and no storm of tries', () => {
  let expired: Server;
  let tries = 0;
  beforeAll(async () => {
    const { certificate: cert, key } = authority.issue('kafka', -1);
    expired = createServer({ cert, key }).listen(0, '127.0.0.1');
    expired.on('connection', () => tries++);
    await onceEvent(expired, 'listening');
  });
  afterAll(() => expired.close());

  const wrong: Record<string, () => [NodeJS.ProcessEnv, RegExp]> = {
    'another authority': () => [
      { KAFKA_SSL_CA: createAuthority().certificate },
      /broker's certificate is refused: look at KAFKA_SSL_CA/,
    ],
    'an expired certificate': () => [
      { KAFKA_BOOTSTRAP_SERVERS: `127.0.0.1:${(expired.address() as AddressInfo).port}` },
      /broker's certificate is refused: .*certificate has expired/,
    ],
    'a wrong password': () => [
      { KAFKA_SASL_PASSWORD: 'wrong' },
      /Kafka refuses the login of the user \w+: look at KAFKA_SASL_USERNAME/,
    ],
  };
  const scripts = {
    keeper: 'debezium/dist/main.js',
    query: 'query-service/dist/main.js',
    command: 'command-service/dist/main.js',
  };

  /** Runs a process with these for ten seconds after the line has come. @returns its log's lines of level warn and above */
  async function loudLines(
    who: keyof typeof scripts,
    what: string,
    variables: NodeJS.ProcessEnv,
    line: RegExp,
  ): Promise<string[]> {
    const [http, admin] = await freePorts(2);
    const name = `${who} ${what}`.replaceAll(' ', '-');
    const listens = { keeper: 'RELAY_KEEPER', query: 'QUERY_SERVER', command: 'SERVER' }[who];
    const one = await start(name, scripts[who], {
      ...variables,
      [`${listens}_PORT`]: String(http),
      [who === 'query' ? 'QUERY_ADMIN_PORT' : 'COMMAND_ADMIN_PORT']: String(admin),
      QUERY_DATA_DIR: join(folder, name),
    });
    await until(() => expect(logOf(name)).toMatch(line), 60_000);
    const then = performance.now() + 10_000;
    await until(() => expect(performance.now()).toBeGreaterThan(then), 60_000);
    one.signal('SIGKILL');
    const lines = logOf(name).split('\n');
    return lines.filter((text) => /"level":[456]0/.test(text) && !text.includes('"over: '));
  }

  describe.each(['keeper', 'query'] as const)('Kafka, the %s', (who) => {
    test.each(Object.keys(wrong))('%s', async (what) => {
      const [variables, line] = wrong[what]?.() ?? [{}, /$^/];
      tries = 0;
      const loud = await loudLines(who, what, { ...as(who), ...variables }, line);
      expect(loud.filter((text) => line.test(text))).toHaveLength(1);
      expect(loud.length).toBeLessThan(12);
      // kafkajs tries six times by itself; a keeper has three clients.
      expect(tries).toBeLessThan(60);
    });
  });

  test('Kafka, the query service: an ACL is missing for its group', async () => {
    const variables = { ...as('query'), KAFKA_STREAMS_APP_ID: 'other' };
    const line = /ACL to read it is missing; SECURITY.md/;
    const loud = await loudLines('query', 'group', variables, line);
    expect(loud.filter((text) => line.test(text))).toHaveLength(1);
  });

  test("Kafka, the keeper: an ACL is missing for its topics' settings", async () => {
    const line = /an ACL of Kafka is missing for the user query; SECURITY.md/;
    const loud = await loudLines('keeper', 'settings', as('query'), line);
    expect(loud.length).toBeLessThan(12);
  });

  test('Kafka, explain: a wrong password', async () => {
    const variables = { ...as('keeper'), KAFKA_SASL_PASSWORD: 'wrong' };
    await expect(once('explain', variables, 'product', '1')).rejects.toThrow(
      /Kafka refuses the login of the user keeper/,
    );
  });

  test.each([
    ['keeper', 'RELAY_DB_PASSWORD', 'relay'],
    ['command', 'SERVICE_DB_PASSWORD', 'command_service'],
  ] as const)('PostgreSQL, the %s: a wrong password', async (who, variable, role) => {
    const variables = { ...as('keeper'), [variable]: 'wrong' };
    const line = new RegExp(`password authentication failed for user \\\\?"${role}`);
    const loud = await loudLines(who, 'password', variables, line);
    expect(loud.length).toBeLessThan(12);
  });

  test('PostgreSQL, reconcile: a wrong password', async () => {
    await expect(once('reconcile', { ...environment, AUDIT_DB_PASSWORD: 'wrong' })).rejects.toThrow(
      /password authentication failed for user "auditor"/,
    );
  });
});
