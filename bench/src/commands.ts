import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runToEnd } from 'local/process';
import { query } from 'local/query';
import type { Benchmark } from './benchmark';
import type { LoadInput, LoadOutput, LoadRequest } from './load/http-load';
import { alternate, type Sample } from './measure/rounds';
import { ratios } from './measure/statistics';
import { connectionVariables, requireProgram } from './peers/client-programs';
import { isoFormat, placeOrderScript } from './peers/place-order-script';
import { runChild } from './system/child';
import type { RunningPart } from './system/running-part';
import type { System } from './system/system';
import { createProducts } from './workload/create-products';
import { seeded } from './workload/seeded';

const ours = 'command service';
const peer = 'pgbench';
const clients = 32;
const products = 1_000;

export const commands: Benchmark = {
  name: 'commands',
  title: '20,000 × POST /api/orders with 3 items, 32 connections, one process, durable commits',
  comparedWith: 'pgbench running the same statement, a transaction by itself, prepared, 32 clients',

  async run(bench) {
    bench.say(requireProgram('pgbench'));
    const system = await bench.createSystem();
    await system.startPostgres();
    const service = await system.startCommandService();
    await createProducts(system, products);
    const perClient = bench.scaled(20_000 / clients, 2);
    // Until it is compiled.
    await post(system, clients * perClient);
    const rounds = await alternate(
      [
        { name: ours, run: () => measurePosts(system, service, perClient * clients) },
        { name: peer, run: (round) => measurePgbench(system, perClient, round) },
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
          must: { atLeast: 0.45 },
          aim: { atLeast: 0.7 },
        },
      ],
      figures: rounds.figures(),
    };
  },
};

async function measurePosts(system: System, service: RunningPart, amount: number): Promise<Sample> {
  const before = await rows(system);
  const cpuBefore = service.usage().cpuSeconds;
  const { requestsPerSecond, p50Ms, p99Ms } = await post(system, amount);
  const cpu = service.usage().cpuSeconds - cpuBefore;
  return {
    figures: {
      'orders/s': requestsPerSecond,
      'CPU µs/order': (cpu / amount) * 1e6,
      'p50 ms': p50Ms,
      'p99 ms': p99Ms,
    },
    totals: written(before, await rows(system)),
  };
}

function post(system: System, amount: number): Promise<LoadOutput> {
  return runChild<LoadInput, LoadOutput>('load/http-load', {
    url: system.url('SERVER_PORT'),
    connections: clients,
    amount,
    requests: orderRequests(),
  });
}

async function measurePgbench(system: System, perClient: number, round: number): Promise<Sample> {
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

function orderRequests(): LoadRequest[] {
  const random = seeded(3);
  return Array.from({ length: 500 }, () => ({
    method: 'POST',
    path: '/api/orders',
    body: JSON.stringify({
      customerId: 1 + random(10_000),
      items: [5, 19.9, 1].map((price, i) => ({
        productId: 1 + random(products),
        quantity: i + 1,
        price,
      })),
    }),
  }));
}
