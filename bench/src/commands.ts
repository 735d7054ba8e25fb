import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runToEnd } from 'local/process';
import { query } from 'local/query';
import type { Benchmark } from './benchmark';
import type { LoadInput, LoadOutput } from './load/http-load';
import { alternate, type Sample } from './measure/rounds';
import { ratios } from './measure/statistics';
import { connectionVariables, requireProgram } from './peers/client-programs';
import { isoFormat, placeOrderScript } from './peers/place-order-script';
import { usageOfTree } from './measure/usage';
import { runChild } from './system/child';
import type { RunningPart } from './system/running-part';
import type { System } from './system/system';
import { createProducts } from './workload/create-products';
import { orderRequests } from './workload/order-requests';

const ours = 'command service';
const peer = 'pgbench';
const clients = 32;
const products = 1_000;
/** About half of what one statement per order brought on two cores. */
const halfLoad = 1_000;

export const commands: Benchmark = {
  name: 'commands',
  title: '20,000 × POST /api/orders with 3 items, 32 connections, one process, durable commits',
  comparedWith: 'pgbench placing each order by a statement of its own, prepared, 32 clients',

  async run(bench) {
    bench.say(requireProgram('pgbench'));
    const system = await bench.createSystem();
    const postgres = await system.startPostgres();
    const service = await system.startCommandService();
    await createProducts(system, products);
    const perClient = bench.scaled(20_000 / clients, 2);
    // Until it is compiled.
    await post(system, clients * perClient);
    const rounds = await alternate(
      [
        { name: ours, run: () => measurePosts({ system, postgres }, service, perClient * clients) },
        { name: peer, run: (round) => measurePgbench({ system, postgres }, perClient, round) },
      ],
      bench.rounds,
      bench.say,
    );
    return {
      goals: [
        {
          what: 'orders/s, of pgbench',
          unit: '×',
          rounds: ratios(rounds.of(ours, 'orders/s'), rounds.of(peer, 'orders/s')),
          must: { atLeast: 1 },
          aim: { atLeast: 1.5 },
        },
      ],
      figures: rounds.figures(),
    };
  },
};

interface Database {
  readonly system: System;
  readonly postgres: RunningPart;
}

/** Its processes, also those that have ended. */
const cpuOf = ({ postgres }: Database): number => usageOfTree(postgres.pid).cpuSeconds;

async function measurePosts(
  database: Database,
  service: RunningPart,
  amount: number,
): Promise<Sample> {
  const { system } = database;
  const before = await rows(system);
  const cpuBefore = [service.usage().cpuSeconds, cpuOf(database)] as const;
  const { requestsPerSecond, p50Ms, p99Ms } = await post(system, amount);
  const cpu = service.usage().cpuSeconds - cpuBefore[0];
  const ofPostgres = cpuOf(database) - cpuBefore[1];
  const totals = written(before, await rows(system));
  const atHalfLoad = await post(system, Math.ceil(amount / 4), halfLoad);
  return {
    figures: {
      'orders/s': requestsPerSecond,
      'CPU µs/order': (cpu / amount) * 1e6,
      "PostgreSQL's CPU µs/order": (ofPostgres / amount) * 1e6,
      'p50 ms': p50Ms,
      'p99 ms': p99Ms,
      [`p99 ms at ${halfLoad}/s`]: atHalfLoad.p99Ms,
    },
    totals,
  };
}

function post(system: System, amount: number, perSecond?: number): Promise<LoadOutput> {
  return runChild<LoadInput, LoadOutput>('load/http-load', {
    url: system.url('SERVER_PORT'),
    connections: clients,
    amount,
    ...(perSecond !== undefined && { perSecond }),
    requests: orderRequests(products),
  });
}

async function measurePgbench(
  database: Database,
  perClient: number,
  round: number,
): Promise<Sample> {
  const { system } = database;
  const cpuBefore = cpuOf(database);
  const before = await rows(system);
  const output = join(system.folder, `pgbench-${round}.log`);
  const script = join(system.folder, 'place-order.sql');
  writeFileSync(script, placeOrderScript(products));
  const args = [
    ...['--client', String(clients), '--jobs', '2', '--transactions', String(perClient)],
    ...['--protocol', 'prepared', '--no-vacuum', '-D', 'n=0'],
    // Another range of event ids for each round.
    ...['-D', `prefix=${(0x01990000 + round).toString(16).padStart(8, '0')}-0000`],
    ...['-D', `iso=${isoFormat}`],
    ...['--file', script],
  ];
  await runToEnd({ file: 'pgbench', args, env: connectionVariables(system) }, output);
  const text = readFileSync(output, 'utf8');
  const figure = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? NaN);
  return {
    figures: {
      'orders/s': figure(/^tps = ([\d.]+)/m),
      "PostgreSQL's CPU µs/order": ((cpuOf(database) - cpuBefore) / (perClient * clients)) * 1e6,
      'mean ms': figure(/^latency average = ([\d.]+) ms/m),
    },
    totals: written(before, await rows(system)),
  };
}

interface Rows {
  orders: number;
  items: number;
  events: number;
}

async function rows({ database }: System): Promise<Rows> {
  const [counts] = await query<Rows>(
    database,
    `SELECT (SELECT count(*) FROM orders)::int AS orders,
            (SELECT count(*) FROM order_items)::int AS items,
            (SELECT count(*) FROM outbox WHERE aggregatetype = 'order')::int AS events`,
  );
  if (counts === undefined) throw new Error('PostgreSQL counts nothing');
  return counts;
}

const written = (before: Rows, after: Rows): string =>
  `${after.orders - before.orders} orders, ${after.items - before.items} items, ${after.events - before.events} events`;
