import type { Benchmark, Goal } from './benchmark';
import type { VisibilityInput, VisibilityOutput } from './load/visibility-load';
import { alternate, type Rounds, type Sample } from './measure/rounds';
import { median, quantile } from './measure/statistics';
import { runChild } from './system/child';
import { relayVariant } from './system/relay-variant';
import type { System } from './system/system';
import { createProducts } from './workload/create-products';
import { viewsEqualPostgres } from './workload/views-equal-postgres';

const shipped = 'as shipped';
const lowLatency = 'poll.interval.ms=1';
const defaults = "Debezium's defaults";
const ordersPerSecond = 200;
const products = 1_000;

/** What tunes Debezium; what it does (exactly once, snapshots, the slot) stays as it is. */
const tuning = {
  'poll.interval.ms': null,
  'max.batch.size': null,
  'max.queue.size.in.bytes': null,
  'producer.override.batch.size': null,
  'consumer.override.fetch.max.wait.ms': null,
};

export const visible: Benchmark = {
  name: 'visible',
  title: 'from the answer to a POST until the analytics GET shows it, at 200 orders/s for 20 s',
  comparedWith: "the same chain with Debezium's default settings",

  async run(bench) {
    const system = await bench.createSystem();
    await Promise.all([system.startPostgres(), system.startKafka()]);
    const connect = await system.startConnect();
    await system.startCommandService();
    const first = await system.startRelayKeeper();
    await system.startQueryService();
    await createProducts(system, products);
    const orders = bench.scaled(ordersPerSecond * 20, 100);
    // Until what all sides run is compiled.
    await placeOrders(system, 2 * orders);
    await viewsEqualPostgres(system);
    await first.stop();

    const side = (name: string, script?: string) => ({
      name,
      run: async (): Promise<Sample> => {
        const keeper = await system.startRelayKeeper(script);
        try {
          // Until the connector runs with these settings.
          await placeOrders(system, Math.min(orders, ordersPerSecond));
          const before = connect.usage().cpuSeconds;
          const { visibleAfterMs, acknowledged } = await placeOrders(system, orders);
          const connectCpu = connect.usage().cpuSeconds - before;
          await viewsEqualPostgres(system);
          return {
            figures: {
              'p50 ms': median(visibleAfterMs),
              'p99 ms': quantile(visibleAfterMs, 0.99),
              'Connect CPU ms/order': (connectCpu / orders) * 1000,
            },
            totals: `${acknowledged} orders, views equal PostgreSQL`,
          };
        } finally {
          await keeper.stop();
        }
      },
    });
    const rounds = await alternate(
      [
        side(shipped),
        side(lowLatency, relayVariant('low-latency', { 'poll.interval.ms': '1' })),
        side(defaults, relayVariant('defaults', tuning)),
      ],
      bench.rounds,
      bench.say,
    );
    return { goals: goalsOf(rounds), figures: rounds.figures() };
  },
};

function goalsOf(rounds: Rounds): Goal[] {
  const goal = (side: string, figure: string, must: number | null, aim: number): Goal => ({
    what: `${figure.slice(0, 3)} ${side}`,
    unit: 'ms',
    rounds: rounds.of(side, figure),
    must: must === null ? null : { atMost: must },
    aim: { atMost: aim },
  });
  return [
    goal(shipped, 'p50 ms', 20, 8),
    goal(shipped, 'p99 ms', 50, 25),
    goal(lowLatency, 'p50 ms', null, 8),
    goal(lowLatency, 'p99 ms', null, 25),
  ];
}

function placeOrders(system: System, orders: number): Promise<VisibilityOutput> {
  return runChild<VisibilityInput, VisibilityOutput>('load/visibility-load', {
    commands: system.url('SERVER_PORT'),
    queries: system.url('QUERY_SERVER_PORT'),
    ordersPerSecond,
    orders,
    products,
  });
}
