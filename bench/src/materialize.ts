import { defaultTopics } from 'contracts/topics';
import type { Benchmark } from './benchmark';
import { alternate, type Side } from './measure/rounds';
import { ratios } from './measure/statistics';
import type { ConsumerInput, ConsumerOutput } from './peers/kafkajs-consumer';
import { runChild } from './system/child';
import type { System } from './system/system';
import { loadTopics, type LoadedTopics } from './workload/loaded-topics';
import { materializeSide } from './workload/materialize-side';

const ours = 'query service';
const peer = 'kafkajs, empty handler';

export const materialize: Benchmark = {
  name: 'materialize',
  title: '500,000 order events from Kafka until all three views are right, from empty',
  comparedWith: 'kafkajs consuming the same records with an empty handler',

  async run(bench) {
    const system = await bench.createSystem();
    await system.startKafka();
    const loaded = await loadTopics(system, bench.scaled(500_000));
    bench.say(`${loaded.records} records written`);
    const rounds = await alternate(
      [materializeSide(ours, system, loaded), kafkajsSide(system, loaded)],
      bench.rounds,
      bench.say,
    );
    return {
      goals: [
        {
          what: 'records/s, of kafkajs',
          unit: '×',
          rounds: ratios(rounds.of(ours, 'records/s'), rounds.of(peer, 'records/s')),
          must: { atLeast: 0.4 },
          aim: { atLeast: 0.65 },
        },
      ],
      figures: rounds.figures(),
    };
  },
};

function kafkajsSide({ bootstrapServers }: System, { records }: LoadedTopics): Side {
  return {
    name: peer,
    run: async () => {
      const read = await runChild<ConsumerInput, ConsumerOutput>('peers/kafkajs-consumer', {
        bootstrapServers,
        topics: [defaultTopics.product, defaultTopics.order],
        records,
      });
      return {
        figures: {
          'records/s': records / read.seconds,
          'CPU µs/record': (read.cpuSeconds / records) * 1e6,
        },
        totals: `${read.records} records`,
      };
    },
  };
}
