import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartError } from './errors';

/** PEM texts. */
export interface Certified {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority. Its key is in this process only. */
export interface Authority {
  /** Its certificate, PEM. */
  readonly certificate: string;
  /** A certificate for this machine's names, and its key. @param days until it expires; below 0: it has */
  issue(name: string, days?: number): Certified;
}

const tenYears = 3_650;
const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1';

/** Makes one. @throws {StartError} when there is no `openssl` */
export function createAuthority(): Authority {
  const authority = inFolder((folder) => {
    openssl(
      folder,
      ...['req', '-x509', ...newKey('ca'), '-out', 'ca.pem', '-days', String(tenYears)],
      ...['-subj', `/CN=outbox analytics ${randomBytes(4).toString('hex')}`],
    );
    return { certificate: read(folder, 'ca.pem'), key: read(folder, 'ca.key') };
  });
  return {
    certificate: authority.certificate,
    issue: (name, days = tenYears) =>
      inFolder((folder) => {
        writeFileSync(join(folder, 'ca.pem'), authority.certificate);
        writeFileSync(join(folder, 'ca.key'), authority.key);
        writeFileSync(join(folder, 'names'), names);
        openssl(folder, 'req', '-new', ...newKey('its'), '-out', 'its.csr', '-subj', `/CN=${name}`);
        openssl(
          folder,
          ...['x509', '-req', '-in', 'its.csr', '-out', 'its.pem', '-days', String(days)],
          ...['-CA', 'ca.pem', '-CAkey', 'ca.key', '-extfile', 'names'],
          ...['-set_serial', `0x1${randomBytes(8).toString('hex')}`],
        );
        return { certificate: read(folder, 'its.pem'), key: read(folder, 'its.key') };
      }),
  };
}

const newKey = (name: string): string[] => [
  '-newkey',
  'rsa:2048',
  '-nodes',
  '-keyout',
  `${name}.key`,
];

function openssl(cwd: string, ...args: string[]): void {
  try {
    execFileSync('openssl', args, { cwd, stdio: 'pipe' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new StartError('certificates are made by openssl, which is not here: install it');
  }
}

const read = (folder: string, file: string): string => readFileSync(join(folder, file), 'utf8');

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'outbox-analytics-authority-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
