import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkout } from 'local/paths';
import { portFaults } from 'local/ports';
import { until } from 'local/until';
import { LocalStack } from './support/local-stack';
import { asEnvironment } from './support/ports';
import { sharedStack } from './support/shared-stack';
import { Shop } from './support/shop';

jest.setTimeout(240_000);

let first: LocalStack;
let folder: string;
let offset: number;
let second: ChildProcess;

beforeAll(async () => {
  first = await sharedStack(LocalStack);
  folder = mkdtempSync(join(tmpdir(), 'outbox-analytics-second-'));
  offset = await freeOffset();
  const output = join(folder, 'output.log');
  const log = openSync(output, 'w');
  const flags = ['--port-offset', String(offset), '--dir', folder];
  second = spawn('node', [join(checkout, 'local', 'start.mjs'), ...flags], {
    env: { ...process.env, ...asEnvironment(first.ports) },
    detached: true,
    stdio: ['ignore', log, log],
  });
  await until(
    () => expect(readFileSync(output, 'utf8')).toContain('Ready after'),
    120_000,
    (error) => {
      if (second.exitCode !== null) throw error;
    },
  );
});

afterAll(async () => {
  if (second.exitCode === null) {
    second.kill('SIGINT');
    await once(second, 'exit');
  }
  rmSync(folder, { recursive: true });
});

/** By how much every port of the first system can be moved. */
async function freeOffset(): Promise<number> {
  for (let by = 1_000; by < 20_000; by += 37) {
    const moved = Object.entries(first.ports).map(([name, port]) => [name, port + by] as const);
    if ((await portFaults(Object.fromEntries(moved))).length === 0) return by;
  }
  throw new Error('no ports are free');
}

/** As in another terminal, which knows no port. @throws unless it ends with 0 */
async function outbox(...args: string[]): Promise<string> {
  const options = { cwd: checkout, env: { PATH: process.env.PATH, HOME: process.env.HOME } };
  return (await promisify(execFile)('npx', ['outbox', ...args], options)).stdout;
}

const productsOf = async (dir: string): Promise<number> => {
  await until(async () => outbox('status', '--dir', dir), 60_000);
  const answer = JSON.parse(await outbox('reconcile', '--json', '--dir', dir)) as {
    compared: number;
  };
  return answer.compared;
};

test('a second system by two flags: another terminal asks the one whose folder it names', async () => {
  const before = await productsOf(first.folder);
  expect(await productsOf(folder)).toBe(0);

  const shop = new Shop(`http://127.0.0.1:${first.ports.SERVER_PORT + offset}`);
  await shop.createProduct('Second', 'Systems', 1);
  await until(async () => expect(await productsOf(folder)).toBe(1), 60_000);
  expect(await productsOf(first.folder)).toBe(before);
  expect(await outbox('explain', 'product', '1', '--dir', folder)).toMatch(/Second in Systems/);
  expect(await outbox('reemit', 'product:1', '--dir', folder)).toMatch(/^product:1 event/);
});

test('and it ends as the first one does, after which nobody answers for it', async () => {
  second.kill('SIGINT');
  expect(await once(second, 'exit')).toEqual([0, null]);
  await expect(outbox('status', '--dir', folder)).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^no npm start runs in /) as string,
  });
  await until(() => outbox('status', '--dir', first.folder), 60_000);
});
