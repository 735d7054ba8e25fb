import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from './benchmark';
import { alternate, type Sample } from './measure/rounds';
import { buildKafkaStreams, runKafkaStreams } from './peers/kafka-streams';
import { catchUp } from './system/catch-up';
import type { System } from './system/system';
import {
  loadTopics,
  loadTopicsQuickly,
  shapeOf,
  type LoadedTopics,
} from './workload/loaded-topics';

const ours = 'query service';
const peer = 'Kafka Streams, a tenth of the orders';
const restMs = 10_000;

export const footprint: Benchmark = {
  name: 'footprint',
  title: 'memory and disk of the query service at 5 million orders',
  comparedWith: 'a limit, and the Kafka Streams application at 0.5 million',

  async run(bench) {
    await buildKafkaStreams();
    const system = await bench.createSystem();
    const smaller = await bench.createSystem();
    await Promise.all([system.startKafka(), smaller.startKafka()]);
    const orderEvents = bench.scaled(6_250_000, 10_000);
    const loaded = await loadTopicsQuickly(system, shapeOf(orderEvents), orderEvents);
    const tenth = await loadTopics(smaller, Math.round(orderEvents / 10));
    bench.say(`${loaded.history.orders} and ${tenth.history.orders} orders written`);
    const rounds = await alternate(
      [
        { name: ours, run: (round) => fillOurs(system, loaded, round) },
        {
          name: peer,
          run: async (round): Promise<Sample> => {
            const run = await runKafkaStreams(smaller, tenth, `footprint-${round}`);
            return { figures: { 'peak MB': run.peakMemory / 1e6 }, totals: 'the views are right' };
          },
        },
      ],
      bench.rounds,
      bench.say,
    );
    return {
      goals: [
        {
          what: 'memory, ten seconds later',
          unit: 'MB',
          rounds: rounds.of(ours, 'MB afterwards'),
          must: { atMost: 250 },
          aim: { atMost: 150 },
        },
        {
          what: 'memory, at most while they are filled',
          unit: 'MB',
          rounds: rounds.of(ours, 'peak MB'),
          must: { atMost: 250 },
          aim: { atMost: 150 },
        },
        {
          what: 'SQLite, per order',
          unit: 'bytes',
          rounds: rounds.of(ours, 'bytes/order'),
          must: { atMost: 40 },
          aim: { atMost: 25 },
        },
      ],
      figures: rounds.figures(),
    };
  },
};

async function fillOurs(system: System, loaded: LoadedTopics, round: number): Promise<Sample> {
  const { history } = loaded;
  const folder = join(system.folder, `views-${round}`);
  const { part } = await catchUp(system, { QUERY_DATA_DIR: folder, REPLICA_ID: `views-${round}` });
  await history.oracle.requireViews(system.url('QUERY_SERVER_PORT'));
  await sleep(restMs);
  const now = part.usage().memoryBytes / 1e6;
  const peak = part.peakMemory() / 1e6;
  await part.stop();
  const bytes = sizeOf(folder);
  rmSync(folder, { recursive: true });
  return {
    figures: { 'peak MB': peak, 'MB afterwards': now, 'bytes/order': bytes / history.orders },
    totals: 'the views are right',
  };
}

/** Everything that is in a folder, views included: after an orderly stop that is the database file. */
function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}
