import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { str } from 'envalid';
import { watchFiles } from '../src/changed-files';
import { readEnvironment } from '../src/environment';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'outbox-analytics-files-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a certificate that is renewed while a process runs: one line names the variable and who is to be restarted', async () => {
  const file = join(folder, 'ca.pem');
  writeFileSync(file, 'old');
  readEnvironment({ KAFKA_SSL_CA: str() }, { KAFKA_SSL_CA_FILE: file });
  const lines: string[] = [];
  watchFiles('query-service', (_, line) => lines.push(line), 5);

  await sleep(50);
  expect(lines).toEqual([]);

  // Between the old one and the new one there may be none.
  rmSync(file);
  await sleep(50);
  expect(lines).toEqual([]);
  writeFileSync(file, 'new');
  const deadline = performance.now() + 60_000;
  while (lines.length === 0 && performance.now() < deadline) await sleep(5);
  await sleep(50);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/KAFKA_SSL_CA_FILE holds something else by now: restart query-service/);
});
