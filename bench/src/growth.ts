import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Benchmark, Goal } from './benchmark';
import { alternate, type Rounds, type Side } from './measure/rounds';
import { ratios } from './measure/statistics';
import { catchUp } from './system/catch-up';
import type { System } from './system/system';
import { loadTopicsQuickly } from './workload/loaded-topics';
import { topicVariables } from './workload/topics';
import { HistoryWriter } from './workload/write-history';

const small = '1×';
const large = '10×';

export const growth: Benchmark = {
  name: 'growth',
  title:
    '500,000 order events on top of 5 million applied orders, 10,000 products, 480 hours (at 10×)',
  comparedWith: 'the same at 1×: on top of 0.5 million orders, 1,000 products, 48 hours',

  async run(bench) {
    const system = await bench.createSystem();
    await system.startKafka();
    const sides = [
      await prepare(bench, system, small, '-1x', 1),
      await prepare(bench, system, large, '-10x', 10),
    ];
    const rounds = await alternate(sides, bench.rounds, bench.say);
    return {
      goals: [goalOf(rounds, 'time', 'µs/event'), goalOf(rounds, 'CPU', 'CPU µs/event')],
      figures: rounds.figures(),
    };
  },
};

function goalOf(rounds: Rounds, what: string, figure: string): Goal {
  return {
    what: `${what} per event at 10×, of 1×`,
    unit: '×',
    rounds: ratios(rounds.of(large, figure), rounds.of(small, figure)),
    must: { atMost: 1.3 },
    aim: { atMost: 1.05 },
  };
}

/** Applies what is there already, keeps a copy of the views, writes what each round applies on top of it. */
async function prepare(
  bench: Bench,
  system: System,
  name: string,
  suffix: string,
  times: number,
): Promise<Side> {
  const before = bench.scaled(625_000, 1_000) * times;
  const events = bench.scaled(500_000, 1_000);
  const shape = {
    products: 1_000 * times,
    hours: 48 * times,
    ordersPerPass: Math.round(before * 0.8),
  };
  const { history } = await loadTopicsQuickly(system, shape, before, suffix);
  const kept = join(system.folder, `kept${suffix}`);
  const variables = { ...topicVariables(suffix), REPLICA_ID: `kept${suffix}` };
  const { part } = await catchUp(system, { ...variables, QUERY_DATA_DIR: kept });
  await part.stop();
  bench.say(`${name}: ${history.orders} orders are applied`);
  const writer = await HistoryWriter.connect(system.bootstrapServers, suffix);
  await writer.write(history.next(events));
  await writer.close();
  return {
    name,
    run: async (round) => {
      const folder = join(system.folder, `views${suffix}-${round}`);
      cpSync(kept, folder, { recursive: true });
      const run = await catchUp(system, { ...variables, QUERY_DATA_DIR: folder });
      // All of them once: reading them takes as long as a round does.
      if (round === 0) await history.oracle.requireViews(system.url('QUERY_SERVER_PORT'));
      await run.part.stop();
      rmSync(folder, { recursive: true });
      return {
        figures: {
          'µs/event': (run.seconds / events) * 1e6,
          'CPU µs/event': (run.cpuSeconds / events) * 1e6,
        },
        totals: `${run.applied} events`,
      };
    },
  };
}
