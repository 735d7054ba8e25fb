import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Pipeline } from 'contracts/pipeline';
import { query } from 'local/query';
import { until } from 'local/until';
import { expectViewsToEqualPostgres } from './support/converge';
import { LocalStack } from './support/local-stack';
import { forget, loseAnEvent } from './support/lost-event';
import type { PartName } from './support/parts';
import { runAuditor } from './support/operator';
import { sharedStack } from './support/shared-stack';
import { Shop } from './support/shop';

jest.setTimeout(240_000);

const soonMs = 60_000;

let stack: LocalStack;
let shop: Shop;
let productId: number;
beforeAll(async () => {
  stack = await sharedStack(LocalStack);
  shop = new Shop(stack.commands);
  const { body } = await shop.createProduct('Laptop', 'Electronics', 500);
  productId = Number(body.id);
  await shop.placeOrder([{ productId, quantity: 1, price: 500 }]);
  await expectViewsToEqualPostgres(stack);
});

interface Halt {
  readonly name: string;
  readonly stop: () => Promise<unknown>;
  readonly resume: () => Promise<unknown>;
  /** What every tool says of it. */
  readonly said: RegExp;
}

const connector = async (verb: string): Promise<void> => {
  const answer = await fetch(`${stack.connect}/connectors/outbox-relay/${verb}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
  });
  expect(answer.ok).toBe(true);
};

/** Connect answers before its task has stopped reading: what is placed meanwhile would still pass. */
async function halt(verb: 'pause' | 'stop'): Promise<void> {
  await connector(verb);
  const wanted = { pause: ['PAUSED', 'PAUSED'], stop: ['STOPPED'] }[verb];
  await until(async () => {
    const answer = await fetch(`${stack.connect}/connectors/outbox-relay/status`);
    const { connector, tasks } = (await answer.json()) as {
      connector: { state: string };
      tasks: { state: string }[];
    };
    expect([connector, ...tasks].map(({ state }) => state)).toEqual(wanted);
  }, soonMs);
}

/** Its process, and all that it has started, take no more part in anything, and hold on to all they have. */
const freeze = (part: PartName): Promise<unknown> =>
  Promise.resolve(process.kill(-stack.runningPid(part), 'SIGSTOP'));
const thaw = (part: PartName): Promise<unknown> =>
  Promise.resolve(process.kill(-stack.runningPid(part), 'SIGCONT'));

/** Debezium's connection ends, and its role may not open another one; the keeper's connections stay. */
const forbidLogin = async (): Promise<void> => {
  await query(stack.database, 'ALTER ROLE relay NOLOGIN');
  await query(
    stack.database,
    `SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active`,
  );
};

const halts: Halt[] = [
  {
    name: 'the connector paused',
    stop: () => halt('pause'),
    resume: () => connector('resume'),
    said: /the paused connector since 20\S+Z; resume it: curl -X PUT .*http:\S+\/outbox-relay\/resume/,
  },
  {
    name: 'the connector stopped',
    stop: () => halt('stop'),
    resume: () => connector('resume'),
    said: /the stopped connector since 20\S+Z; resume it: curl -X PUT .*http:\S+\/outbox-relay\/resume/,
  },
  {
    name: 'its task failed',
    stop: forbidLogin,
    resume: () => query(stack.database, 'ALTER ROLE relay LOGIN'),
    said: /the connector's failed task since 20\S+Z; give the role its login, .*: npm run relay-setup; then the relay keeper restarts it/,
  },
  {
    name: 'Connect away',
    stop: () => freeze('connect'),
    resume: () => thaw('connect'),
    said: /Kafka Connect, which does not answer since 20\S+Z; npm start restarts it/,
  },
  {
    name: 'Kafka away',
    stop: () => freeze('kafka'),
    resume: () => thaw('kafka'),
    said: /Kafka, which does not answer since 20\S+Z; npm start restarts it/,
  },
];

describe.each(halts)('with $name, five orders that were placed', ({ stop, resume, said }) => {
  let order: number;
  beforeAll(async () => {
    // A watermark is behind all that was written before: what is counted as waiting then is these five.
    const before = new Date().toISOString();
    await until(async () => {
      const { asOf } = await pipeline();
      expect(asOf === null ? '' : asOf > before).toBe(true);
    }, soonMs);
    await stop();
    for (let placed = 0; placed < 5; placed++) {
      const { body } = await shop.placeOrder([{ productId, quantity: 1, price: 500 }]);
      order = Number(body.id);
    }
    // Until the watch knows what it is, and the views are old enough to be told as old.
    await until(async () => {
      const { standstill, staleSeconds } = await pipeline();
      expect(`${standstill?.behind} since ${standstill?.since}; ${standstill?.cure}`).toMatch(said);
      expect(staleSeconds).toBeGreaterThan(3);
    }, soonMs);
  });
  afterAll(async () => {
    await resume();
    await expectViewsToEqualPostgres(stack, 120_000);
  });

  test('are no difference to reconcile: it says how many wait, behind what, and what ends that', async () => {
    await until(async () => {
      const { code, stdout } = await runAuditor(stack, 'reconcile', ['--deadline', '0']);
      expect(stdout).not.toMatch(/DIFFERENT|missing|reemit/);
      expect(stdout).toMatch(/5 events wait behind /);
      expect(stdout).toMatch(said);
      expect(code).toBe(2);
    }, soonMs);
    const { stdout } = await runAuditor(stack, 'reconcile', ['--json', '--deadline', '0']);
    expect(JSON.parse(stdout)).toMatchObject({
      equal: false,
      differences: 0,
      repairs: [],
      waiting: { events: 5, aggregates: 5 },
    });
  });

  test('are not lost to explain', async () => {
    const { code, stdout, stderr } = await runAuditor(stack, 'explain', ['order', String(order)]);
    expect(stdout + stderr).not.toMatch(/reemit|in no record/);
    expect(code).toBe(2);
    if (stdout === '') expect(stderr).toMatch(/Kafka does not answer/);
    else expect(stdout).toMatch(/1 event waits behind /);
  });

  test('wait, to status, /api/pipeline and the keeper, and nobody counts a difference', async () => {
    // A whole turn of the keeper's comparison.
    const before = (await pipeline()).comparisons?.[0]?.at;
    await until(async () => {
      const { hops, comparisons } = await pipeline();
      expect(comparisons?.[0]?.at).not.toBe(before);
      expect(comparisons).toMatchObject([{ differences: 0, waiting: 5 }]);
      expect(hops.find(({ name }) => name === 'views')).toMatchObject({ state: 'waiting' });
      expect(hops.find(({ name }) => name === 'outbox')?.lag.count).toBe(5);
    }, soonMs);

    await until(async () => {
      const shown = await status();
      expect(shown).not.toMatch(/reemit| [1-9]\d* differences/);
      expect(shown).toMatch(/5 events wait behind /);
      expect(shown).toMatch(said);
    }, soonMs);

    const health = await fetch(`http://127.0.0.1:${stack.ports.RELAY_KEEPER_PORT}/health/ready`);
    expect(health.status).toBe(503);
    const { reasons, standstill } = (await health.json()) as Pick<Pipeline, 'standstill'> & {
      reasons: string[];
    };
    expect(reasons.join('\n')).toContain(standstill?.cause);
    expect(reasons.join('\n')).not.toMatch(/reemit/);
  });
});

test('behind a stopped connector, a lost event and a wrong row are found all the same', async () => {
  await halt('stop');
  await shop.placeOrder([{ productId, quantity: 1, price: 500 }]);
  // Its row is in the outbox, as is that of the one that waits; but the slot is beyond it.
  const lost = await loseAnEvent(stack, productId);
  // What the events wait behind is known when the watch has looked.
  await until(async () => {
    const { code, stdout } = await runAuditor(stack, 'reconcile', ['--json', '--deadline', '0']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      listed: [{ key: `order:${lost}`, problem: 'missing' }],
      repairs: [`npm run reemit -- order:${lost}`],
      waiting: { events: 1, standstill: { hop: 'connector' } },
    });
  }, soonMs);
  await forget(stack, lost);
  await connector('resume');
  await expectViewsToEqualPostgres(stack);
});

const pipeline = async (): Promise<Pipeline> =>
  (await (await fetch(`${stack.queries}/api/pipeline`)).json()) as Pipeline;

/** What `npm run status` prints. */
async function status(): Promise<string> {
  const child = spawn('node', [join(__dirname, '../cli/dist/main.js'), 'status'], {
    env: { ...process.env, QUERY_ADMIN_PORT: String(stack.ports.QUERY_ADMIN_PORT) },
  });
  const output = text(child.stdout);
  await once(child, 'exit');
  return output;
}
