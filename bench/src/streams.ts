import type { Benchmark } from './benchmark';
import { alternate, type Side } from './measure/rounds';
import { ratios } from './measure/statistics';
import { buildKafkaStreams, runKafkaStreams } from './peers/kafka-streams';
import type { System } from './system/system';
import { loadTopics, type LoadedTopics } from './workload/loaded-topics';
import { materializeSide } from './workload/materialize-side';

const ours = 'query service';
const peer = 'Kafka Streams';

export const streams: Benchmark = {
  name: 'streams',
  title: '500,000 order events from Kafka until all three views are right, from empty',
  comparedWith: 'a Kafka Streams application with the same three stores, exactly_once_v2',

  async run(bench) {
    await buildKafkaStreams();
    const system = await bench.createSystem();
    await system.startKafka();
    const loaded = await loadTopics(system, bench.scaled(500_000));
    bench.say(`${loaded.records} records written`);
    const rounds = await alternate(
      [materializeSide(ours, system, loaded), streamsSide(system, loaded)],
      bench.rounds,
      bench.say,
    );
    return {
      goals: [
        {
          what: 'records/s, of Kafka Streams',
          unit: '×',
          rounds: ratios(rounds.of(ours, 'records/s'), rounds.of(peer, 'records/s')),
          must: { atLeast: 3 },
          aim: { atLeast: 5 },
        },
      ],
      figures: rounds.figures(),
    };
  },
};

function streamsSide(system: System, loaded: LoadedTopics): Side {
  const { records } = loaded;
  return {
    name: peer,
    run: async (round) => {
      const run = await runKafkaStreams(system, loaded, `streams-${round}`);
      return {
        figures: {
          'records/s': records / run.seconds,
          'CPU µs/record': (run.cpuSeconds / records) * 1e6,
          's from process start': run.secondsFromStart,
          'peak MiB': run.peakMemory / 2 ** 20,
        },
        // It ends when its stores equal the oracle, which is what the other side is compared with, too.
        totals: `${records} records`,
      };
    },
  };
}
