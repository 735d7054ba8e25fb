import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkout } from 'local/paths';

/** Runs an expression over a module of local/setup, which is plain ESM. @param root the checkout that it is of */
function evaluate(module: string, expression: string, root = checkout): unknown {
  const url = `file://${join(root, 'local', 'setup', module)}`;
  const script = `const m = await import(${JSON.stringify(url)}); console.log(JSON.stringify(${expression}) ?? 'null')`;
  const args = ['--input-type=module', '-e', script];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

test.each([
  ['v20.19.0', true],
  ['v20.20.2', true],
  ['v24.1.0', true],
  ['v20.18.3', false],
  ['v18.20.4', false],
])('Node.js %s is accepted: %s', (version, accepted) => {
  const fault = evaluate('node-version.mjs', `m.nodeFault('${version}')`);
  if (accepted) expect(fault).toBeNull();
  else expect(fault).toMatch(`Node.js 20.19 or newer is needed, this is ${version}`);
});

test('a workspace that a pull has added is installed before it is needed', () => {
  const root = mkdtempSync(join(tmpdir(), 'outbox-analytics-setup-'));
  try {
    cpSync(join(checkout, 'local', 'setup'), join(root, 'local', 'setup'), { recursive: true });
    const packages = { 'node_modules/added': { resolved: 'added', link: true } };
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages }));
    expect(evaluate('dependencies.mjs', 'm.isInstalled()', root)).toBe(false);
    mkdirSync(join(root, 'node_modules', 'added'), { recursive: true });
    expect(evaluate('dependencies.mjs', 'm.isInstalled()', root)).toBe(true);
  } finally {
    rmSync(root, { recursive: true });
  }
});

describe('Java', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'outbox-analytics-java-'));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  /** `npm start` on a machine whose java prints this version. */
  function startWith(version: string): { status: number | null; stderr: string } {
    mkdirSync(join(home, 'bin'));
    const java = join(home, 'bin', 'java');
    writeFileSync(java, `#!/bin/sh\necho 'openjdk version "${version}"' >&2\n`);
    chmodSync(java, 0o755);
    return start();
  }

  function start(): { status: number | null; stderr: string } {
    return spawnSync(process.execPath, [join(checkout, 'local', 'start.mjs')], {
      env: { ...process.env, JAVA_HOME: home },
      encoding: 'utf8',
    });
  }

  test.each(['11.0.2', '1.8.0_292'])('%s is one clear line and a failure', (version) => {
    const { status, stderr } = startWith(version);
    expect(status).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([expect.stringContaining(`is ${version}`)]);
  });

  test('that is missing is one clear line and a failure', () => {
    const { status, stderr } = start();
    expect(status).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^Java 17 or newer is needed, .* does not run/),
    ]);
  });
});

// A space in the path: what compiles must not mind.
describe('where the binary in the package of sqlite3 does not load', () => {
  let copy: string;
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), 'outbox analytics setup '));
    copyTheSetUp(copy);
  });
  afterEach(() => rmSync(copy, { recursive: true }));

  function installDependencies(environment: NodeJS.ProcessEnv) {
    const script = `import('./local/setup/dependencies.mjs').then((m) => m.installDependencies())`;
    const options = { cwd: copy, encoding: 'utf8', env: environment } as const;
    return spawnSync(process.execPath, ['-e', script], options);
  }

  test('it is compiled before anything relies on it', () => {
    // Unoptimized: a fraction of the time.
    const quick = { CFLAGS: '-O0', CXXFLAGS: '-O0' };
    const { status, stdout, stderr } = installDependencies({ ...process.env, ...quick });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('✓ sqlite3, which has to be compiled here');
    const version = `console.log(require('sqlite3').VERSION)`;
    const options = { cwd: copy, encoding: 'utf8' } as const;
    expect(execFileSync(process.execPath, ['-e', version], options)).toMatch(/^3\.\d+/);
  }, 600_000);

  test('and there is no compiler, one line says what to install', () => {
    const empty = join(copy, 'bin');
    mkdirSync(empty);
    const { status, stderr } = installDependencies({ PATH: empty });
    expect(status).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/without python3, make, c\+\+: .* apt-get install python3 make g\+\+;/),
    ]);
  });
});

/** What the set-up needs of this checkout, with sqlite3 as it was published, but for another system. */
function copyTheSetUp(folder: string): void {
  const modules = join(checkout, 'node_modules');
  const lock = JSON.stringify({ packages: {} });
  cpSync(join(checkout, 'local', 'setup'), join(folder, 'local', 'setup'), { recursive: true });
  const sqlite3 = join(folder, 'node_modules', 'sqlite3');
  cpSync(join(modules, 'sqlite3'), sqlite3, { recursive: true });
  rmSync(join(sqlite3, 'build'), { recursive: true, force: true });
  for (const file of readdirSync(join(sqlite3, 'prebuilds'), { recursive: true, encoding: 'utf8' }))
    if (file.endsWith('.node'))
      writeFileSync(join(sqlite3, 'prebuilds', file), 'for another system');
  for (const name of readdirSync(modules).filter((name) => !/^(\.|sqlite3$)/.test(name)))
    symlinkSync(join(modules, name), join(folder, 'node_modules', name));
  writeFileSync(join(folder, 'package-lock.json'), lock);
  const installed = createHash('sha256').update(lock).digest('hex');
  writeFileSync(join(folder, 'node_modules', '.package-lock.sha256'), installed);
}
