import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownedFolder, postgresOwner } from '../src/parts/postgres-owner';
import { closeLocalFolder } from '../src/private-folder';

const nobody = { uid: 65534, gid: 65534 };
const isRoot = process.getuid?.() === 0;
let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'outbox-analytics-private-')), '.local');
  // Whoever reads must not be stopped on the way to it already.
  chmodSync(join(folder, '..'), 0o755);
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

/** Whether somebody with these rights gets at what is in the file. Only root can ask for another user. */
const canRead = (path: string, who: { uid: number; gid: number }): boolean =>
  spawnSync('cat', [path], who).status === 0;

/** As an earlier release has left it. */
function openFolder(): string[] {
  for (const name of ['', 'logs', 'run', 'query-service']) {
    mkdirSync(join(folder, name));
    chmodSync(join(folder, name), 0o755);
  }
  const files = ['npm-ci.log', 'logs/kafka.log', 'run/supervisor.pid', 'query-service/views'].map(
    (name) => join(folder, name),
  );
  for (const file of files) {
    writeFileSync(file, 'secret');
    chmodSync(file, 0o644);
  }
  // As PostgreSQL's stand-in, and one that leads nowhere.
  symlinkSync('/var/tmp', join(folder, 'link'));
  symlinkSync('/nowhere', join(folder, 'dangling'));
  return files;
}

test('a folder that others could read is closed to them, with its data, logs and process ids', () => {
  const files = openFolder();
  const linked = modeOf('/var/tmp');
  if (isRoot) for (const file of files) expect(canRead(file, nobody)).toBe(true);
  closeLocalFolder(folder, undefined);
  expect([folder, ...files.map((file) => join(file, '..'))].map(modeOf)).toEqual(
    Array(5).fill('700'),
  );
  expect(modeOf(join(folder, 'npm-ci.log'))).toBe('600');
  expect(modeOf('/var/tmp')).toBe(linked);
  if (isRoot) for (const file of files) expect(canRead(file, nobody)).toBe(false);
});

test('a new folder is closed from the beginning', () => {
  closeLocalFolder(folder, undefined);
  expect(modeOf(folder)).toBe('700');
});

// PostgreSQL runs as a user of its own only where root starts it.
if (isRoot) {
  test("root's folder lets the user postgres pass to his data, and to nothing else", () => {
    const postgres = postgresOwner();
    if (postgres === undefined) throw new Error('root has no user postgres');
    const files = openFolder();
    closeLocalFolder(folder, postgres);
    const data = join(ownedFolder(join(folder, 'postgres'), postgres), 'data');
    writeFileSync(data, 'entities');
    // Again, beside what is his.
    closeLocalFolder(folder, postgres);
    expect([modeOf(folder), modeOf(join(folder, 'postgres'))]).toEqual(['710', '700']);
    expect([canRead(data, postgres), canRead(data, nobody)]).toEqual([true, false]);
    for (const file of files) {
      expect([file, canRead(file, postgres), canRead(file, nobody)]).toEqual([file, false, false]);
    }
    expect(spawnSync('ls', [folder], postgres).status).not.toBe(0);
  });
}
