import { execFileSync } from 'node:child_process';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { query } from 'local/query';
import { until } from 'local/until';
import type { LocalStack } from '../../support/local-stack';
import type { Fault, Injected, Scene } from '../fault';
import { npmRun, operate } from '../operator';
import { familyOf, signalAll, stateOf } from '../processes';
import { neededToShow, shown } from '../shown';
import { Violation } from '../violation';
import { send } from '../workload/client';
import type { Kept, KnownOrder } from '../workload/ledger';

const deadlineMs = 90_000;
/** So many commands at least are acknowledged and lost, most of them relayed before. */
const fewestLost = 20;

export const promotionFaults: Fault[] = [
  {
    // It recovers to the end of its log, as a standby does that has got all of it, and is on another timeline then.
    name: 'postgres: promoted, nothing lost',
    disturbs: ['postgres', 'connector'],
    inject: async ({ system: { stack } }) => {
      const before = await until(() => serverOf(stack), deadlineMs);
      await until(() => promoteAtStart(stack), deadlineMs);
      writeFileSync(join(before.data, 'recovery.signal'), '');
      process.kill(await until(() => stack.runningPid('postgres'), deadlineMs), 'SIGQUIT');
      return {
        happened: async () => {
          const { timeline } = await serverOf(stack);
          if (timeline <= before.timeline) throw new Error(`it is on timeline ${timeline}`);
          return `PostgreSQL went from timeline ${before.timeline} to ${timeline}`;
        },
      };
    },
  },
  // A standby that was cut off: with the relay's slot, where that is kept in step, and without.
  ...[false, true].map((keepsSlot): Fault => ({
    name: `postgres: promoted, the last seconds lost${keepsSlot ? ', its slot kept' : ''}`,
    // The topics are made anew. A connector that is stopped uses no connection that could be cut.
    disturbs: ['postgres', 'connector', 'events', 'connect → postgres'],
    needs: neededToShow,
    inject: (scene) => promotedBehind(scene, keepsSlot),
  })),
];

/**
 * PostgreSQL dies, and a copy of it that is some seconds old takes its place, on another timeline. Kafka has what those seconds
 * brought, and the views show it.
 */
async function promotedBehind(scene: Scene, keepsSlot: boolean): Promise<Injected> {
  const { system, workload } = scene;
  const { stack } = system;
  const { ledger } = workload;
  const before = await until(() => serverOf(stack), deadlineMs);
  const { data } = before;
  const copy = `${data}.copy`;
  await until(() => promoteAtStart(stack), deadlineMs);
  const pid = await until(() => stack.runningPid('postgres'), deadlineMs);
  const frozen = await freeze(pid);
  const from = Date.now();
  try {
    execFileSync('cp', ['-a', '--reflink=auto', data, copy]);
  } finally {
    signalAll(frozen, 'SIGCONT');
  }
  writeFileSync(join(copy, 'recovery.signal'), '');
  const slot = join(copy, 'pg_replslot', 'relay');
  if (!existsSync(slot)) throw new Error('PostgreSQL had no slot of the relay');
  if (!keepsSlot) rmSync(slot, { recursive: true });

  const already = ledger.counts.acknowledged;
  const lost = await workload.placeOrderNow(deadlineMs);
  await until(() => shown(system, lost), deadlineMs);
  await until(() => {
    const acknowledged = ledger.counts.acknowledged - already;
    if (acknowledged < fewestLost)
      throw new Error(`only ${acknowledged} commands are acknowledged`);
  }, deadlineMs);

  // Nobody gets an answer, and whoever starts PostgreSQL again finds the copy.
  const dying = await freeze(pid);
  const aside = `${data}.aside`;
  renameSync(data, aside);
  renameSync(copy, data);
  ledger.loss = { from, until: Date.now() };
  signalAll(dying, 'SIGKILL');
  await until(() => stopped(dying, undefined, 'Z'), deadlineMs);
  rmSync(aside, { recursive: true });
  return {
    happened: async () => {
      const { timeline } = await serverOf(stack);
      if (timeline <= before.timeline) throw new Error(`it is on timeline ${timeline}`);
      if ((await rowsOf(stack, lost)).length > 0) throw new Error(`order ${lost.id} is there`);
      return `PostgreSQL went from timeline ${before.timeline} to ${timeline} without order ${lost.id}, which the views show`;
    },
    repair: () => giveUp(scene, lost),
  };
}

/** docs/operations.md, PostgreSQL fails over: what the keeper says, what is lost, and the way on. */
async function giveUp({ system, workload }: Scene, lost: KnownOrder): Promise<void> {
  const { stack } = system;
  const { ledger } = workload;
  await until(() => keeperSaysLost(stack), deadlineMs);
  const [outbox] = await until(() => eventsOf(stack), deadlineMs);
  await refuses(stack, lost);
  const compared = await npmRun(system, ['reconcile']);
  if (compared.code === 0 || !compared.output.includes(`order:${lost.id}`)) {
    throw new Violation(
      'F',
      `reconcile does not name order ${lost.id}, which is lost: ${compared.code}, ${compared.output}`,
    );
  }
  ledger.settle(await keptBy(stack));
  const [events] = await eventsOf(stack);
  if (events?.count !== outbox?.count) {
    throw new Violation('A', `the outbox had ${outbox?.count} rows and has ${events?.count}`);
  }
  await operate(system, 'new-history', '--', '--reason', 'a standby that was behind');
  await workload.placeAgain(lost);
  await operate(system, 'reemit', '--', '--purged');
  await operate(system, 'consumption', '--', 'rebuild');
  await operate(system, 'reconcile');
}

async function keeperSaysLost(stack: LocalStack): Promise<void> {
  const keeper = `http://127.0.0.1:${stack.ports.RELAY_KEEPER_PORT}`;
  const { reasons } = (await (await fetch(`${keeper}/health/ready`)).json()) as {
    reasons: string[];
  };
  const said = reasons.join('; ');
  if (!/has lost what Kafka has.*npm run new-history -- --reason "why"/s.test(said)) {
    throw new Violation('F', `PostgreSQL has lost what Kafka has, and the keeper says: ${said}`);
  }
}

/** The lost order cannot be placed again before somebody has looked at the loss. */
async function refuses(stack: LocalStack, { body }: KnownOrder): Promise<void> {
  const attempt = async (): Promise<void> => {
    const reply = await send(`${stack.commands}/api/orders`, 'POST', body);
    if (reply?.status === 503 && reply.text.includes('nothing was changed')) return;
    const what = `nobody has accepted this history, and a command got ${reply?.text}`;
    throw new Violation('A', what, (reply?.status ?? 503) < 300);
  };
  await until(attempt, deadlineMs, (error) => {
    if (error instanceof Violation && error.isFinal) throw error;
  });
}

async function keptBy(stack: LocalStack): Promise<Kept> {
  const products = await query<{ name: string }>(stack.database, 'SELECT name FROM products');
  const orders = await query<{ mark: string; version: number; status: string }>(
    stack.database,
    'SELECT customer_id::text AS mark, version, status FROM orders',
  );
  return {
    products: new Set(products.map(({ name }) => name)),
    orders: new Map(orders.map((order) => [Number(order.mark), order])),
  };
}

const rowsOf = (stack: LocalStack, { mark }: KnownOrder): Promise<object[]> =>
  query(stack.database, 'SELECT FROM orders WHERE customer_id = $1', [mark]);

const eventsOf = (stack: LocalStack): Promise<{ count: string }[]> =>
  query(stack.database, 'SELECT count(*) FROM outbox');

/** The postmaster first: it alone makes new processes. @returns all of them */
async function freeze(postmaster: number): Promise<number[]> {
  signalAll([postmaster], 'SIGSTOP');
  await until(() => stopped([postmaster], 'T'), deadlineMs, undefined, 5);
  const family = familyOf(postmaster);
  signalAll(family, 'SIGSTOP');
  await until(() => stopped(family, 'T', 'Z', undefined), deadlineMs, undefined, 5);
  return family;
}

function stopped(pids: readonly number[], ...states: (string | undefined)[]): void {
  const running = pids.find((pid) => !states.includes(stateOf(pid)));
  if (running !== undefined) throw new Error(`process ${running} is ${stateOf(running)}`);
}

/** When it starts next, with a recovery.signal in its folder: there is no more log to be had. */
async function promoteAtStart(stack: LocalStack): Promise<void> {
  await query(stack.database, `ALTER SYSTEM SET restore_command = 'false'`);
}

async function serverOf(stack: LocalStack): Promise<{ timeline: number; data: string }> {
  const [server] = await query<{ timeline: number; data: string }>(
    stack.database,
    `SELECT timeline::int, current_setting('data_directory') AS data FROM present_history()`,
  );
  if (server === undefined) throw new Error('PostgreSQL does not tell its timeline');
  return server;
}
