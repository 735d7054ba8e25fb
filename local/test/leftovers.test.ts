import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endLeftovers } from 'local/leftovers';
import { identityOf, recordedProcesses, writePidFile } from 'local/pid-file';
import { type RunningProcess, startProcess } from 'local/process';

let directory: string;
let running: RunningProcess;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'outbox-analytics-run-'));
  running = await startProcess(
    { file: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'] },
    join(directory, 'log'),
  );
});

afterEach(async () => {
  running.signal('SIGKILL');
  await running.exited;
  rmSync(directory, { recursive: true });
});

test.each([
  ['kafka', 'SIGTERM'],
  ['postgres', 'SIGINT'],
  ['views-postgres', 'SIGINT'],
])('a recorded process that still runs is ended: %s by %s', async (name, signal) => {
  writePidFile(directory, name, running.pid);
  expect(await endLeftovers(directory)).toEqual([name]);
  expect(await running.exited).toEqual({ code: null, signal });
  expect(existsSync(join(directory, `${name}.pid`))).toBe(false);
});

test('a process that only has the id of a recorded one is left alone', async () => {
  const [start, ...command] = (identityOf(running.pid) ?? '').split(' ');
  const another = [`${Number(start) - 1} ${command.join(' ')}`, `${start} another program`, ''];
  for (const identity of another) {
    writeFileSync(join(directory, 'kafka.pid'), `${running.pid}\n${identity}\n`);
    expect(await endLeftovers(directory)).toEqual([]);
    expect(existsSync(join(directory, 'kafka.pid'))).toBe(false);
  }
  expect(identityOf(running.pid)).toBeDefined();
});

test('a process that has ended is no longer recorded', async () => {
  writePidFile(directory, 'kafka', running.pid);
  expect(recordedProcesses(directory)).toEqual([{ name: 'kafka', pid: running.pid }]);
  running.signal('SIGKILL');
  await running.exited;
  expect(recordedProcesses(directory)).toEqual([]);
  // Whoever only looks leaves the file: its owner may be noting the next process.
  expect(existsSync(join(directory, 'kafka.pid'))).toBe(true);
});
