import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartError } from 'local/errors';
import { identityOf } from 'local/pid-file';
import type { Part } from 'local/supervised-part';
import { Supervisor } from 'local/supervisor';
import { until } from 'local/until';

const deadlineMs = 60_000;
let directory: string;
let lines: string[];
let supervisor: Supervisor;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'outbox-analytics-supervisor-'));
  lines = [];
  supervisor = new Supervisor(
    { logs: join(directory, 'logs'), run: join(directory, 'run') },
    (line) => lines.push(line),
  );
});

afterEach(async () => {
  await supervisor.stop();
  rmSync(directory, { recursive: true });
});

/** A part that runs a script and is ready as soon as the script has, at its end, written its life's number. */
function part(name: string, script: string): Part {
  const lives = join(directory, `${name}-lives`);
  writeFileSync(lives, '');
  const source = `${script}; require('fs').appendFileSync(${JSON.stringify(lives)}, '.')`;
  let prepared = 0;
  return {
    name,
    prepare: () => {
      prepared++;
      return Promise.resolve({ file: process.execPath, args: ['-e', source] });
    },
    isReady: () =>
      readFileSync(lives, 'utf8').length === prepared
        ? Promise.resolve()
        : Promise.reject(new Error('not yet')),
    stopSignal: 'SIGTERM',
    graceMs: 60_000,
  };
}

const pidOf = (name: string): number =>
  parseInt(readFileSync(join(directory, 'run', `${name}.pid`), 'utf8'), 10);

const forever = 'setInterval(() => {}, 1000)';

test('a part that is killed runs again, and the user is told', async () => {
  await supervisor.start(part('broker', forever));
  const first = pidOf('broker');
  process.kill(first, 'SIGKILL');
  await until(() => {
    if (!lines.some((line) => line.includes('broker is ready again'))) throw new Error('not yet');
    return Promise.resolve();
  }, deadlineMs);
  expect(pidOf('broker')).not.toBe(first);
  expect(lines[0]).toMatch(/^broker ended \(SIGKILL\); restart in 1 s/);
});

test('a part that cannot be prepared again is told in one line, not with the end of its log', async () => {
  const broker = part('broker', forever);
  let isFirst = true;
  await supervisor.start({
    ...broker,
    prepare: (...args) => {
      if (!isFirst) throw new Error('could not be formatted:\nDEBUG one\nDEBUG two');
      isFirst = false;
      return broker.prepare(...args);
    },
  });
  process.kill(pidOf('broker'), 'SIGKILL');
  await until(() => expect(lines.length).toBeGreaterThan(1), deadlineMs);
  expect(lines[1]).toMatch(/^broker could not be formatted; restart in \d+ s; log: \S+$/);
});

test('stopping ends the parts in the reverse order and leaves no process and no pid file', async () => {
  const order = join(directory, 'order');
  const onTerm = (name: string): string =>
    `process.on('SIGTERM', () => { require('fs').appendFileSync(${JSON.stringify(order)}, '${name} '); process.exit(0) }); ${forever}`;
  await supervisor.start(part('first', onTerm('first')));
  await supervisor.start(part('second', onTerm('second')));
  const pids = [pidOf('first'), pidOf('second')];
  await supervisor.stop();
  expect(readFileSync(order, 'utf8')).toBe('second first ');
  expect(pids.map(identityOf)).toEqual([undefined, undefined]);
  expect(readdirSync(join(directory, 'run'))).toEqual([]);
});

test('a part that does not stop by itself is killed after its grace period, with its children', async () => {
  const child = join(directory, 'child');
  const stubborn = part(
    'stubborn',
    `process.on('SIGTERM', () => {});
     const child = require('child_process').spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); ${forever}"]);
     require('fs').writeFileSync(${JSON.stringify(child)}, String(child.pid));
     ${forever}`,
  );
  await supervisor.start({ ...stubborn, graceMs: 500 });
  const childPid = await until(() => {
    const pid = Number(readFileSync(child, 'utf8'));
    if (pid === 0) throw new Error('not yet');
    return Promise.resolve(pid);
  }, deadlineMs);
  const pid = pidOf('stubborn');
  await supervisor.stop();
  expect(identityOf(pid)).toBeUndefined();
  await until(() => {
    if (identityOf(childPid) !== undefined) throw new Error('the child still runs');
    return Promise.resolve();
  }, deadlineMs);
});

test('a part with a bad configuration ends the start at once, with what it said', async () => {
  const start = supervisor.start({
    ...part('service', `console.error('PORT is missing'); process.exit(2)`),
    isReady: () => Promise.reject(new Error('never')),
    saysBadConfiguration: true,
  });
  await expect(start).rejects.toThrow(StartError);
  await expect(start).rejects.toThrow(/service ended \(code 2\):\nPORT is missing/);
  expect(lines).toEqual([]);
});

test('a part that ends with code 2 for another reason, as Connect without Kafka, is started again', async () => {
  const twice = `if (lives < 2) process.exit(2); ${forever}`;
  const connect = part('connect', '');
  const counted = join(directory, 'connect-lives');
  const script = `const fs = require('fs'); fs.appendFileSync('${counted}', '.'); const lives = fs.readFileSync('${counted}').length; ${twice}`;
  await supervisor.start({
    ...connect,
    prepare: () => Promise.resolve({ file: process.execPath, args: ['-e', script] }),
    isReady: () =>
      readFileSync(counted, 'utf8').length === 2
        ? Promise.resolve()
        : Promise.reject(new Error('not yet')),
  });
  expect(lines.join()).toContain('connect ended (code 2); restart');
});

test('what a service logs as an error is shown, once', async () => {
  const line = JSON.stringify({ level: 50, msg: 'lost', err: { message: 'no route' } });
  await supervisor.start(
    part('service', `console.log('${line}'); console.log('${line}'); ${forever}`),
  );
  await until(() => {
    if (lines.length === 0) throw new Error('not yet');
    return Promise.resolve();
  }, deadlineMs);
  expect(lines).toEqual(['service: lost: no route']);
});

test('a part that writes without end fills no disk, and its errors are shown all the same', async () => {
  const flood = `const fs = require('fs'); const lines = 'x'.repeat(1023) + '\\n';
    let left = 48; const go = () => { if (left-- > 0) { fs.writeSync(1, lines.repeat(1024)); setTimeout(go, 50); }
    else console.log(JSON.stringify({ level: 50, msg: 'flooded' })); }; go(); ${forever}`;
  await supervisor.start(part('chatty', flood));
  await until(() => expect(lines).toContain('chatty: flooded'), 60_000);
  const log = join(directory, 'logs', 'chatty.log');
  const bytes = () => statSync(log).size;
  await until(() => expect(bytes()).toBeLessThanOrEqual(16 << 20), 60_000);
  expect(statSync(`${log}.1`).size).toBeLessThan(49 << 20);
});

test('a one-shot that fails ends the start with the end of its log', async () => {
  const command = {
    file: process.execPath,
    args: ['-e', `console.error('no table'); process.exit(1)`],
  };
  await expect(supervisor.runOnce('migrate', command)).rejects.toThrow(/no table/);
});
