import { randomBytes, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rememberFile } from 'service-kit/changed-files';
import { type Certified, createAuthority } from './authority';

/** The users of a secured broker, by the login that a part gets. */
const kafkaUsers = {
  KAFKA_ADMIN: 'admin',
  KAFKA_KEEPER: 'keeper',
  KAFKA_CONNECT: 'connect',
  KAFKA_QUERY: 'query',
} as const;
export type KafkaLogin = keyof typeof kafkaUsers;

const kafkaLoginNames = Object.keys(kafkaUsers) as KafkaLogin[];

/** What has a password of its own with `npm start -- --secure`. */
const names = [
  ...(['POSTGRES', 'SERVICE_DB', 'RELAY_DB', 'AUDIT_DB', 'VIEWS_DB'] as const),
  ...kafkaLoginNames,
];
export type SecuredName = (typeof names)[number];
export type SecuredPasswords = Readonly<Record<SecuredName, string>>;

/** What the servers show, and by what clients verify it. */
export interface Certificates {
  /** The authority's, PEM. */
  readonly ca: string;
  readonly postgres: Certified;
  readonly kafka: Certified;
}

const daysBeforeTheEnd = 30;
const dayMs = 86_400_000;

/** The file with the authority's certificate. @param directory LOCAL_DIR */
export const caFile = (directory: string): string => join(securedFolder(directory), 'ca.pem');

/** The passwords of this folder; new ones, kept nowhere yet, before its first start. */
export function securedPasswords(directory: string): SecuredPasswords {
  const file = passwordFile(directory);
  const kept = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<SecuredPasswords>)
    : {};
  return Object.fromEntries(
    names.map((name) => [name, kept[name] ?? randomBytes(24).toString('hex')]),
  ) as SecuredPasswords;
}

/** Keeps the passwords for later starts, and for commands in other terminals. */
export function keepPasswords(directory: string, passwords: SecuredPasswords): void {
  mkdirSync(securedFolder(directory), { recursive: true, mode: 0o700 });
  writeFileSync(passwordFile(directory), `${JSON.stringify(passwords, null, 2)}\n`, {
    mode: 0o600,
  });
}

/** The passwords of a secured stack, where nobody has given others. */
export function withPasswords(
  environment: NodeJS.ProcessEnv,
  secured: SecuredPasswords,
): NodeJS.ProcessEnv {
  const made = Object.entries(secured)
    .map(([name, password]) => [`${name}_PASSWORD`, password] as const)
    .filter(([name]) => ![environment[name], environment[`${name}_FILE`]].some(Boolean));
  return { ...environment, ...Object.fromEntries(made) };
}

/** What a client of each name logs in to Kafka with; nothing without `--secure`. */
export function kafkaLogins(
  secured: SecuredPasswords | null,
): Record<KafkaLogin, NodeJS.ProcessEnv> {
  const logins = kafkaLoginNames.map((name) => [
    name,
    secured === null
      ? {}
      : { KAFKA_SASL_USERNAME: kafkaUsers[name], KAFKA_SASL_PASSWORD: secured[name] },
  ]);
  return Object.fromEntries(logins) as Record<KafkaLogin, NodeJS.ProcessEnv>;
}

/** What .env may say of servers elsewhere; each can also be given as a file. */
export const securityNames = [
  ...['KAFKA_SSL_CA', 'KAFKA_SSL_CERTIFICATE', 'KAFKA_SSL_KEY', 'KAFKA_SASL_USERNAME'],
  ...['KAFKA_SASL_PASSWORD', 'DB_SSL_CA', 'VIEWS_DB_SSL_CA'],
];

/** How every client reaches the servers. @param directory LOCAL_DIR of a secured stack; null: without TLS */
export function securitySettings(directory: string | null): NodeJS.ProcessEnv {
  if (directory === null) {
    return {
      DB_SSLMODE: 'disable',
      VIEWS_DB_SSLMODE: 'disable',
      KAFKA_SECURITY_PROTOCOL: 'PLAINTEXT',
    };
  }
  const ca = caFile(directory);
  return {
    DB_SSLMODE: 'verify-full',
    DB_SSL_CA_FILE: ca,
    VIEWS_DB_SSLMODE: 'verify-full',
    VIEWS_DB_SSL_CA_FILE: ca,
    KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
    KAFKA_SSL_CA_FILE: ca,
    KAFKA_SASL_MECHANISM: 'PLAIN',
  };
}

/** The passwords of a secured broker's users, by their names there. */
export const kafkaPasswords = (
  passwords: SecuredPasswords,
): Record<(typeof kafkaUsers)[KafkaLogin], string> =>
  Object.fromEntries(kafkaLoginNames.map((name) => [kafkaUsers[name], passwords[name]])) as Record<
    (typeof kafkaUsers)[KafkaLogin],
    string
  >;

/**
 * The certificates of this folder, new ones when there are none or when they end soon. The authority's key is kept nowhere: whoever
 * reads the folder can sign nothing.
 *
 * @throws {StartError} when there is no openssl
 */
export function certificatesIn(directory: string): Certificates {
  const folder = securedFolder(directory);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const servers = ['postgres', 'kafka'] as const;
  const files = ['ca.pem', ...servers.flatMap((name) => [`${name}.pem`, `${name}.key`])];
  const areGood = files.every(
    (file) => existsSync(join(folder, file)) && lasts(join(folder, file)),
  );
  const write = (file: string, text: string): void =>
    writeFileSync(join(folder, file), text, { mode: 0o600 });
  if (!areGood) {
    const authority = createAuthority();
    for (const name of servers) {
      const { certificate, key } = authority.issue(name);
      write(`${name}.pem`, certificate);
      write(`${name}.key`, key);
    }
    write('ca.pem', authority.certificate);
  }
  const read = (file: string): string => {
    const path = join(folder, file);
    const text = readFileSync(path, 'utf8');
    // Servers and Connect say nothing of it themselves.
    rememberFile(path, path, text);
    return text;
  };
  const certified = (name: string): Certified => ({
    certificate: read(`${name}.pem`),
    key: read(`${name}.key`),
  });
  return { ca: read('ca.pem'), postgres: certified('postgres'), kafka: certified('kafka') };
}

function lasts(file: string): boolean {
  if (!file.endsWith('.pem')) return true;
  const { validTo } = new X509Certificate(readFileSync(file));
  return Date.parse(validTo) - Date.now() > daysBeforeTheEnd * dayMs;
}

const securedFolder = (directory: string): string => join(directory, 'secure');
const passwordFile = (directory: string): string =>
  join(securedFolder(directory), 'passwords.json');
