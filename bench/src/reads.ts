import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from 'local/until';
import type { Bench, Benchmark, Figure, Goal } from './benchmark';
import type { FeederInput, FeederOutput } from './load/event-feeder';
import type { LoadInput, LoadOutput, LoadRequest } from './load/http-load';
import { alternate, type Side } from './measure/rounds';
import { quantile, ratios } from './measure/statistics';
import { catchUp, eventsApplied } from './system/catch-up';
import { runChild, startChild } from './system/child';
import type { System } from './system/system';
import { loadTopics } from './workload/loaded-topics';
import { type Question, revenueOfCategory, salesOfProduct } from './workload/questions';

const ours = 'query service';
const peer = 'node:http';
const connections = 64;
const eventsPerSecond = 2_000;

/** What is asked of each view. Hourly sales: a day of one product, as a chart shows it. */
const endpoints: Readonly<Record<string, Question>> = {
  'product-sales': salesOfProduct,
  'category-revenue': revenueOfCategory,
  'hourly-sales': (n) =>
    `/api/analytics/hourly-sales?start=2026-01-05T00:00:00Z&end=2026-01-06T00:00:00Z&productId=${1 + (n % 1_000)}`,
};

export const reads: Benchmark = {
  name: 'reads',
  title:
    'each analytics GET, 64 connections, 10 s, while 2,000 events/s are applied to 100,000 orders',
  comparedWith: 'a bare node:http server that answers a constant of the same size',

  async run(bench) {
    const system = await bench.createSystem();
    await system.startKafka();
    const { history } = await loadTopics(system, bench.scaled(125_000, 1_000));
    const service = await system.startQueryService();
    const feeder = startChild<FeederInput, FeederOutput>('load/event-feeder', {
      bootstrapServers: system.bootstrapServers,
      shape: history.shape,
      written: history.orderEvents,
      eventsPerSecond,
    });
    const goals: Goal[] = [];
    const figures: Figure[] = [];
    for (const [view, path] of Object.entries(endpoints)) {
      const measured = await measureEndpoint(bench, system, path);
      goals.push(...goalsOf(view, measured));
      figures.push(
        ...measured.figures().map((figure) => ({ ...figure, what: `${view}: ${figure.what}` })),
      );
    }
    feeder.stop();
    const { added } = await feeder.result;
    for (const event of history.next(added)) void event;
    await until(() => history.oracle.requireViews(system.url('QUERY_SERVER_PORT')), 60_000);
    bench.say(`${added} events were applied meanwhile, the views are right`);
    await service.stop();
    goals.push(await whileCatchingUp(bench, system));
    return { goals, figures };
  },
};

function goalsOf(view: string, rounds: Awaited<ReturnType<typeof alternate>>): Goal[] {
  return [
    {
      what: `${view} GETs/s, of node:http`,
      unit: '×',
      rounds: ratios(rounds.of(ours, 'GETs/s'), rounds.of(peer, 'GETs/s')),
      must: { atLeast: 0.5 },
      aim: { atLeast: 0.7 },
    },
    {
      what: `${view} p99`,
      unit: 'ms',
      rounds: rounds.of(ours, 'p99 ms'),
      must: { atMost: 20 },
      aim: { atMost: 20 },
    },
  ];
}

async function measureEndpoint(bench: Bench, system: System, path: (n: number) => string) {
  const requests = Array.from({ length: 1_000 }, (_, n): LoadRequest => ({
    method: 'GET',
    path: path(n * 7),
  }));
  const seconds = bench.scaled(10, 1);
  const url = system.url('QUERY_SERVER_PORT');
  const constant = await (await fetch(url + path(0))).text();
  const server = await startConstantServer(constant);
  const side = (name: string, target: string): Side => ({
    name,
    run: async () => {
      const before = await eventsApplied(system.url('QUERY_ADMIN_PORT'));
      const from = performance.now();
      const load = await runChild<LoadInput, LoadOutput>('load/http-load', {
        url: target,
        connections,
        seconds,
        requests,
      });
      const applied = (await eventsApplied(system.url('QUERY_ADMIN_PORT'))) - before;
      return {
        figures: {
          'GETs/s': load.requestsPerSecond,
          'p50 ms': load.p50Ms,
          'p99 ms': load.p99Ms,
          'events applied/s': (applied / (performance.now() - from)) * 1000,
        },
        // Every answer was a 2xx, or there is no result. The views themselves are compared at the end.
        totals: 'all answered 2xx',
      };
    },
  });
  try {
    // The first requests meet cold code.
    await side(ours, url).run(0);
    await side(peer, server.url).run(0);
    return await alternate([side(ours, url), side(peer, server.url)], bench.rounds, bench.say);
  } finally {
    server.child.kill();
  }
}

/** What a client waits whose query service fills its views from empty: a GET every 10 ms, one after another. */
async function whileCatchingUp(bench: Bench, system: System): Promise<Goal> {
  const rounds: number[] = [];
  for (let round = 1; round <= bench.rounds; round += 1) {
    const folder = join(system.folder, `catching-up-${round}`);
    let isOver = false;
    const caughtUp = catchUp(system, { QUERY_DATA_DIR: folder }).finally(() => (isOver = true));
    const waitsMs: number[] = [];
    const url = `${system.url('QUERY_SERVER_PORT')}${salesOfProduct(1)}`;
    await until(() => fetch(url), 60_000);
    while (!isOver) {
      const asked = performance.now();
      await (await fetch(url)).text();
      waitsMs.push(performance.now() - asked);
      await sleep(10);
    }
    const { part } = await caughtUp;
    await part.stop();
    rmSync(folder, { recursive: true });
    rounds.push(quantile(waitsMs, 0.99));
    bench.say(
      `round ${round}, catching up: p99 ${rounds.at(-1)?.toFixed(0)} ms of ${waitsMs.length} GETs`,
    );
  }
  return {
    what: 'p99 while it catches up',
    unit: 'ms',
    rounds,
    must: { atMost: 50 },
    aim: { atMost: 20 },
  };
}

async function startConstantServer(body: string): Promise<{ child: ChildProcess; url: string }> {
  const child = fork(join(__dirname, 'peers', 'constant-server.js'));
  child.send(body);
  const [port] = (await once(child, 'message')) as [number];
  return { child, url: `http://127.0.0.1:${port}` };
}
