import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkout } from 'local/paths';

/** Runs an expression over a module of local/setup, which is plain ESM. */
function evaluate(module: string, expression: string): unknown {
  const url = `file://${join(checkout, 'local', 'setup', module)}`;
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
