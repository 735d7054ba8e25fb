import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pipeline } from 'contracts/pipeline';
import { until } from 'local/until';
import { expectViewsToEqualPostgres } from './support/converge';
import { LocalStack } from './support/local-stack';
import { Shop } from './support/shop';

jest.setTimeout(240_000);

let stack: LocalStack;
beforeAll(async () => {
  stack = await LocalStack.start();
});
afterAll(() => stack.remove());

test('right after a start the views are not yet compared with PostgreSQL, and soon are', async () => {
  const asked = performance.now();
  const troubles: (string | null)[] = [];
  await until(async () => {
    const answer = await fetch(`http://127.0.0.1:${stack.ports.QUERY_ADMIN_PORT}/api/pipeline`);
    const { comparisons } = (await answer.json()) as Pipeline;
    troubles.push(...(comparisons ?? []).map(({ trouble }) => trouble));
    if (comparisons?.[0]?.at == null) throw new Error('not yet');
  }, 60_000);
  expect(troubles.filter((trouble) => trouble !== null)).toEqual([]);
  // Sooner than the next turn of the periodic comparison.
  expect(performance.now() - asked).toBeLessThan(20_000);
});

test('what `npm start` names when it is ready can be opened', async () => {
  const [, ready = ''] = output().split('Ready after');
  const urls = ready.match(/http:\S+/g) ?? [];
  const { ports } = stack;
  const named = new Set(urls.map((url) => Number(new URL(url).port)));
  expect([...named].sort()).toEqual(
    [
      ports.SERVER_PORT,
      ports.QUERY_SERVER_PORT,
      ports.CONNECT_PORT,
      ports.RELAY_KEEPER_PORT,
      ports.COMMAND_ADMIN_PORT,
      ports.QUERY_ADMIN_PORT,
    ].sort(),
  );
  for (const url of urls) expect([url, (await fetch(url)).status]).toEqual([url, 200]);
});

test('Ctrl-C ends every process, and the data survives', async () => {
  const shop = new Shop(stack.commands);
  await shop.createProduct('Laptop', 'Electronics', 500);
  await shop.placeOrder([{ productId: 1, quantity: 1, price: 0.07 }]);
  const before = await expectViewsToEqualPostgres(stack);
  const code = await stack.interrupt();

  expect(code).toBe(0);
  expect(output()).toMatch(/\nstopping … \(again to kill\)\n(.*\n)*stopped\n$/);
  expect(processesOf(stack.folder)).toEqual([]);
  await stack.startAgain();
  expect(await expectViewsToEqualPostgres(stack)).toEqual(before);
});

const demo = 'demo --backfill 0 --rate 20';
const watch = 'status --watch';

describe('a program that somebody runs beside the stack', () => {
  let program: ChildProcessWithoutNullStreams;
  let said: string;

  /** As `npm run demo` and the like do. @param shows what it says when it is under way */
  async function run(command: string, shows: string): Promise<void> {
    said = '';
    program = spawn(process.execPath, [join('cli', 'bin', 'outbox.mjs'), ...command.split(' ')], {
      cwd: join(__dirname, '..'),
      env: { ...process.env, LOCAL_DIR: stack.folder },
    });
    for (const stream of [program.stdout, program.stderr])
      stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until(() => expect(said).toContain(shows), 60_000);
  }

  async function end(): Promise<{ code: number | null; signal: string | null }> {
    if (program.exitCode === null && program.signalCode === null)
      await once(program, 'exit', { signal: AbortSignal.timeout(60_000) });
    return { code: program.exitCode, signal: program.signalCode };
  }

  afterEach(() => program.kill('SIGKILL'));

  test('demo ends by one SIGINT, and says how far it came', async () => {
    await run(demo, 'live');
    program.kill('SIGINT');
    expect(await end()).toEqual({ code: 0, signal: null });
    expect(said).toMatch(/\d+ orders placed/);
  });

  test('status --watch ends by one SIGINT', async () => {
    await run(watch, 'answers as of');
    program.kill('SIGINT');
    expect(await end()).toEqual({ code: null, signal: 'SIGINT' });
  });

  describe('and whose stack dies', () => {
    // Last, for nothing runs behind them.
    test('demo ends with one clear line', async () => {
      await run(demo, 'live');
      await stack.killAll();
      expect(await end()).toEqual({ code: 2, signal: null });
      expect(said).toContain(
        `the command service does not answer at http://127.0.0.1:${stack.ports.SERVER_PORT}`,
      );
    });

    test('status --watch ends with one clear line', async () => {
      await stack.startAgain();
      await run(watch, 'answers as of');
      await stack.killAll();
      expect(await end()).toEqual({ code: 2, signal: null });
      expect(said).toMatch(/^no query service answers at .*$/m);
      expect(said).not.toContain('    at ');
    });
  });
});

const output = (): string => readFileSync(join(stack.folder, 'output.log'), 'utf8');

/** The processes that name this folder in their command line or environment. */
function processesOf(folder: string): string[] {
  return execFileSync('ps', ['axeww', '-o', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(folder) && !line.includes('ps axeww'));
}
