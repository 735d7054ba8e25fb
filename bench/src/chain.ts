import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Benchmark } from './benchmark';
import type { LoadInput, LoadOutput } from './load/http-load';
import { inWords } from './measure/rounds';
import { quantile } from './measure/statistics';
import { runChild } from './system/child';
import { resumeTasks, stopTasks } from './system/connector-tasks';
import { orderEventsIn } from './workload/topics';
import type { System } from './system/system';
import { createProducts } from './workload/create-products';
import { orderRequests } from './workload/order-requests';
import { viewsEqualPostgres } from './workload/views-equal-postgres';

const products = 1_000;
const clients = 32;
/** A watermark comes every second, so what is shown at once is up to a second old: this much, and one second more. */
const mostBehindMs = 2_000;
const pollMs = 50;

/** A round's figures, by name. */
type Figures = Record<string, number>;

export const chain: Benchmark = {
  name: 'chain',
  title:
    'the highest rate of orders whose As-Of keeps up for a minute; 500,000 waiting events until they are visible',
  comparedWith: "each hop's own limit",

  async run(bench) {
    const system = await bench.createSystem();
    await Promise.all([system.startPostgres(), system.startKafka()]);
    await system.startConnect();
    await system.startCommandService();
    await system.startRelayKeeper();
    await system.startQueryService();
    await createProducts(system, products);
    // Until everything is compiled.
    await post(system, { amount: bench.scaled(20_000, 200) });
    const rounds: Figures[] = [];
    for (let round = 0; round < bench.rounds; round++) {
      await untilShown(system);
      const figures = {
        [kept]: await highestRate(system, bench),
        ...(await afterAStop(system, bench.scaled(500_000, 2_000))),
      };
      rounds.push(figures);
      bench.say(`round ${round + 1}: ${inWords(figures)}`);
    }
    await viewsEqualPostgres(system, 600_000);
    const of = (what: string): number[] => rounds.map((figures) => figures[what] ?? NaN);
    return {
      goals: [
        {
          what: kept,
          unit: 'orders/s',
          rounds: of(kept),
          must: null,
          aim: { atLeast: 2_000 },
        },
        {
          what: visible,
          unit: 'events/s',
          rounds: of(visible),
          must: null,
          aim: { atLeast: 20_000 },
        },
      ],
      figures: Object.keys(rounds[0] ?? {}).map((what) => ({
        side: 'chain',
        what,
        rounds: of(what),
      })),
    };
  },
};

const kept = 'orders/s that As-Of keeps up with';
const visible = 'events/s until visible after a stop';

/** Doubles the rate until As-Of falls behind, halves the interval to a tenth, and tries what is left for a minute. */
async function highestRate(system: System, bench: Bench): Promise<number> {
  const shortSeconds = bench.scaled(10, 2);
  let good = 0;
  let bad = Infinity;
  let rate = 250;
  while (bad - good > good / 10) {
    if (await keepsUp(system, rate, shortSeconds)) good = rate;
    else bad = rate;
    rate = Math.round(bad === Infinity ? rate * 2 : (good + bad) / 2);
    if (rate < 10) throw new Error('As-Of does not keep up at any rate');
  }
  for (rate = good; !(await keepsUp(system, rate, bench.scaled(60, 2))); rate *= 0.9) {
    bench.say(`${Math.round(rate)} orders/s: not for a minute`);
  }
  return rate;
}

/** Whether orders are taken at this rate and all but 1 % of looks find As-Of near enough. */
async function keepsUp(system: System, perSecond: number, seconds: number): Promise<boolean> {
  let isOver = false;
  const load = post(system, { seconds, perSecond }).finally(() => (isOver = true));
  load.catch(() => undefined);
  const behind: number[] = [];
  while (!isOver) {
    behind.push(Date.now() - (await asOf(system)));
    await sleep(pollMs);
  }
  const { requestsPerSecond } = await load;
  await untilShown(system);
  return requestsPerSecond > 0.95 * perSecond && quantile(behind, 0.99) <= mostBehindMs;
}

/** The connector is stopped, orders are placed, and it goes on. */
async function afterAStop(system: System, orders: number): Promise<Figures> {
  await stopTasks(system);
  const before = await orderEventsIn(system.bootstrapServers);
  const commands = await post(system, { amount: orders });
  const lastOrderAt = Date.now();
  await resumeTasks(system);
  const resumedAt = performance.now();
  while ((await orderEventsIn(system.bootstrapServers)) < before + orders) await sleep(pollMs);
  const relayedAt = performance.now();
  while ((await asOf(system)) < lastOrderAt) await sleep(pollMs);
  const visibleAt = performance.now();
  const perSecond = (until: number): number => orders / ((until - resumedAt) / 1000);
  return {
    'orders/s by HTTP alone': commands.requestsPerSecond,
    'events/s into Kafka': perSecond(relayedAt),
    [visible]: perSecond(visibleAt),
  };
}

/** What an answer includes everything before, in milliseconds since 1970; 0: the views are not ready. */
async function asOf(system: System): Promise<number> {
  const answer = await fetch(`${system.url('QUERY_SERVER_PORT')}/health/ready`);
  await answer.arrayBuffer();
  return Date.parse(answer.headers.get('as-of') ?? '') || 0;
}

/** Until what was placed before this call is shown. */
async function untilShown(system: System): Promise<void> {
  const now = Date.now();
  while ((await asOf(system)) < now) await sleep(pollMs);
}

function post(
  system: System,
  load: Pick<LoadInput, 'amount' | 'seconds' | 'perSecond'>,
): Promise<LoadOutput> {
  return runChild<LoadInput, LoadOutput>('load/http-load', {
    url: system.url('SERVER_PORT'),
    connections: clients,
    ...load,
    requests: orderRequests(products),
  });
}
