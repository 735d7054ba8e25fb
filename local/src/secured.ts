import { randomBytes, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Certified, createAuthority } from './authority';

/** What has a password of its own with `npm start -- --secure`. */
const names = [
  ...['POSTGRES', 'SERVICE_DB', 'RELAY_DB', 'AUDIT_DB', 'VIEWS_DB'],
  ...['KAFKA_ADMIN', 'KAFKA_KEEPER', 'KAFKA_CONNECT', 'KAFKA_QUERY'],
] as const;
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
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
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
