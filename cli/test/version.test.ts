import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const checkout = join(__dirname, '..', '..');
const read = (file: string): string => readFileSync(join(checkout, file), 'utf8');

interface Manifest {
  readonly version: string;
  readonly workspaces: readonly string[];
}
const manifest = JSON.parse(read('package.json')) as Manifest;

test('there is one version: of each workspace, of both APIs, of `outbox --version`', () => {
  const of = (text: string): string | undefined => /version: '([^']+)'/.exec(text)?.[1];
  const outbox = join(checkout, 'cli', 'bin', 'outbox.mjs');
  const found = {
    ...Object.fromEntries(
      manifest.workspaces.map((workspace) => [
        workspace,
        (JSON.parse(read(`${workspace}/package.json`)) as Manifest).version,
      ]),
    ),
    commands: of(read('command-service/src/app.ts')),
    queries: of(read('query-service/src/app.ts')),
    cli: execFileSync(process.execPath, [outbox, '--version'], { encoding: 'utf8' }).trim(),
  };
  expect(Object.entries(found).filter(([, version]) => version !== manifest.version)).toEqual([]);
});

test('a tag of another version, or of one without a date in CHANGELOG.md, becomes no release', () => {
  const release = (tag: string) =>
    spawnSync(process.execPath, [join(checkout, 'docs', 'release-notes.mjs'), tag], {
      encoding: 'utf8',
    });
  const other = release('99.0.0');
  expect([other.status, other.stdout]).toEqual([1, '']);
  expect(other.stderr).toContain('the tag is 99.0.0');
  const isDated = new RegExp(`^## \\[${manifest.version}\\] - \\d{4}-\\d\\d-\\d\\d$`, 'm');
  const { status, stdout } = release(manifest.version);
  expect([status === 0, stdout !== '']).toEqual(Array(2).fill(isDated.test(read('CHANGELOG.md'))));
});
