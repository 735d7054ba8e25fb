import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** PEM texts. */
export interface Certified {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority of a test's own. */
export interface TemporaryAuthority {
  /** Its certificate, PEM. */
  readonly certificate: string;
  /** A certificate for this machine's names, and its key. @param days until it expires; below 0: it has */
  issue(name: string, days?: number): Certified;
}

const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1';

/** Makes one, by `openssl`. */
export function temporaryAuthority(): TemporaryAuthority {
  const authority = inFolder((folder) => {
    openssl(
      folder,
      'req',
      '-x509',
      ...newKey('ca'),
      '-out',
      'ca.pem',
      '-subj',
      '/CN=test authority',
    );
    return { certificate: read(folder, 'ca.pem'), key: read(folder, 'ca.key') };
  });
  return {
    certificate: authority.certificate,
    issue: (name, days = 2) =>
      inFolder((folder) => {
        writeFileSync(join(folder, 'ca.pem'), authority.certificate);
        writeFileSync(join(folder, 'ca.key'), authority.key);
        writeFileSync(join(folder, 'names'), names);
        openssl(folder, 'req', '-new', ...newKey('its'), '-out', 'its.csr', '-subj', `/CN=${name}`);
        openssl(
          folder,
          ...['x509', '-req', '-in', 'its.csr', '-out', 'its.pem', '-days', String(days)],
          ...['-CA', 'ca.pem', '-CAkey', 'ca.key', '-set_serial', '1', '-extfile', 'names'],
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
  execFileSync('openssl', args, { cwd, stdio: 'pipe' });
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
