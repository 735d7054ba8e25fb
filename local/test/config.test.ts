import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Login, readStackConfig } from '../src/config';
import { environmentOfPart } from '../src/part-environment';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'outbox-analytics-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a part gets the logins that it needs and no other, by whichever variable they came', () => {
  const file = join(folder, 'password');
  writeFileSync(file, 'from a file\n');
  const { database, environmentFor } = readStackConfig({
    POSTGRES_PASSWORD_FILE: file,
    RELAY_DB_PASSWORD_FILE: file,
    SERVICE_DB_PASSWORD: 'set itself',
  });
  const passwordsIn = (environment: NodeJS.ProcessEnv): Record<string, unknown> =>
    Object.fromEntries(Object.entries(environment).filter(([name]) => name.includes('PASSWORD')));

  expect(database.password).toBe('from a file');
  expect(passwordsIn(environmentFor('SERVICE_DB'))).toEqual({ SERVICE_DB_PASSWORD: 'set itself' });
  // Not as a file as well: both would be an error there.
  expect(passwordsIn(environmentFor('RELAY_DB'))).toEqual({ RELAY_DB_PASSWORD: 'from a file' });
  expect(passwordsIn(environmentFor())).toEqual({});
});

test('with SECURE, a part gets its own login to Kafka and the authority, whatever .env says of another broker', () => {
  const elsewhere = {
    KAFKA_SECURITY_PROTOCOL: 'SSL',
    KAFKA_SSL_CERTIFICATE: 'theirs',
    KAFKA_SASL_PASSWORD_FILE: '/theirs',
  };
  const secured = readStackConfig({ SECURE: 'true', LOCAL_DIR: folder, ...elsewhere });
  const keeper = secured.environmentFor('KAFKA_KEEPER');
  expect(keeper).toMatchObject({
    KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
    KAFKA_SSL_CA_FILE: join(folder, 'secure', 'ca.pem'),
    KAFKA_SASL_USERNAME: 'keeper',
    KAFKA_SASL_PASSWORD: secured.secured?.KAFKA_KEEPER,
    DB_SSLMODE: 'verify-full',
  });
  for (const name of ['KAFKA_SSL_CERTIFICATE', 'KAFKA_SASL_PASSWORD_FILE']) {
    expect(keeper).not.toHaveProperty(name);
  }
  expect(secured.database.password).toBe(secured.secured?.POSTGRES);
  expect(secured.environmentFor('SERVICE_DB')).not.toHaveProperty('KAFKA_SASL_PASSWORD');

  const plain = readStackConfig({ LOCAL_DIR: folder, ...elsewhere }).environmentFor('KAFKA_KEEPER');
  expect(plain).toMatchObject({ KAFKA_SECURITY_PROTOCOL: 'PLAINTEXT', DB_SSLMODE: 'disable' });
  for (const name of ['KAFKA_SASL_USERNAME', 'KAFKA_SSL_CA_FILE', 'DB_SSL_CA_FILE']) {
    expect(plain).not.toHaveProperty(name);
  }
});

test('a variable can be set for one part only', () => {
  const { environmentFor } = readStackConfig({
    DB_PORT: '5432',
    RELAY_KEEPER_ENV_DB_PORT: '5433',
    RELAY_KEEPER_ENV_NODE_OPTIONS: '--no-warnings',
  });
  expect(environmentOfPart('relay-keeper', environmentFor())).toMatchObject({
    DB_PORT: '5433',
    NODE_OPTIONS: '--no-warnings',
  });
  expect(environmentOfPart('connect', environmentFor())).toMatchObject({ DB_PORT: '5432' });
  expect(environmentOfPart('connect', environmentFor())).not.toHaveProperty('NODE_OPTIONS');
});

test("the broker's extra listeners: a port each, and the one that its clients are told", () => {
  const { extraListeners } = readStackConfig({ KAFKA_EXTRA_LISTENERS: '19094:19095,19096:19097' });
  expect(extraListeners).toEqual([
    { port: 19094, advertisedPort: 19095 },
    { port: 19096, advertisedPort: 19097 },
  ]);
  expect(() => readStackConfig({ KAFKA_EXTRA_LISTENERS: '19094' })).toThrow(
    'KAFKA_EXTRA_LISTENERS',
  );
});

test('the token for admin listeners goes to those who call them: a file as such, it may be renewed', () => {
  const tokensIn = (given: NodeJS.ProcessEnv, ...logins: Login[]) =>
    Object.entries(readStackConfig(given).environmentFor(...logins)).filter(
      ([name, value]) => name.startsWith('ADMIN_TOKEN') && value !== '',
    );
  const file = join(folder, 'token');
  writeFileSync(file, 'a.b.c\n');
  expect(tokensIn({ ADMIN_TOKEN: 'a.b.c' }, 'ADMIN')).toEqual([['ADMIN_TOKEN', 'a.b.c']]);
  expect(tokensIn({ ADMIN_TOKEN_FILE: file }, 'ADMIN')).toEqual([['ADMIN_TOKEN_FILE', file]]);
  expect(tokensIn({ ADMIN_TOKEN: 'a.b.c' }, 'SERVICE_DB')).toEqual([]);
  expect(tokensIn({ ADMIN_TOKEN_FILE: file })).toEqual([]);
});

test('nobody has to say who may call, and whoever does is heard', () => {
  const modeOf = (given: NodeJS.ProcessEnv) => readStackConfig(given).environmentFor().AUTH_MODE;
  expect(modeOf({})).toBe('none');
  expect(modeOf({ AUTH_MODE: 'jwt' })).toBe('jwt');
});
