import type { Benchmark } from './benchmark';
import { inWords } from './measure/rounds';
import { catchUp, eventsApplied } from './system/catch-up';
import { loadTopicsQuickly, shapeOf } from './workload/loaded-topics';

export const restart: Benchmark = {
  name: 'restart',
  title:
    'the query service with 5 million applied orders, from SIGKILL to ready, started again at once',
  comparedWith: 'a limit',

  async run(bench) {
    const system = await bench.createSystem();
    await system.startKafka();
    const orderEvents = bench.scaled(6_250_000, 1_000);
    const { history } = await loadTopicsQuickly(system, shapeOf(orderEvents), orderEvents);
    let { part } = await catchUp(system, {});
    bench.say(`${history.orders} orders are applied`);
    const seconds: number[] = [];
    for (let round = 0; round < bench.rounds; round++) {
      const killedAt = performance.now();
      await part.kill();
      part = await system.startQueryService();
      seconds.push((performance.now() - killedAt) / 1000);
      bench.say(`round ${round + 1}: ${inWords({ s: seconds.at(-1) ?? NaN })}`);
    }
    await history.oracle.requireViews(system.url('QUERY_SERVER_PORT'));
    const twice = await eventsApplied(system.url('QUERY_ADMIN_PORT'));
    if (twice > 0) throw new Error(`${twice} events were applied again`);
    return {
      goals: [
        {
          what: 'kill to ready',
          unit: 's',
          rounds: seconds,
          must: { atMost: 2 },
          aim: { atMost: 1 },
        },
      ],
      figures: [],
    };
  },
};
