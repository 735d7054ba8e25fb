import { until } from 'local/until';
import { disturbedWith, type Fault } from '../fault';
import { stateOf } from '../processes';
import { partsWith, type Store } from '../system';

const deadlineMs = 90_000;

/** Each process dies at once; PostgreSQL by its immediate stop. */
export const kills = (store: Store): Fault[] =>
  partsWith(store).map((part) => ({
    name: `kill: ${part}`,
    disturbs: disturbedWith(part),
    inject: async ({ system: { stack } }) => {
      const pid = await until(() => stack.runningPid(part), deadlineMs);
      // SIGQUIT to the postmaster ends all its processes without a checkpoint: it recovers from the WAL.
      if (part.endsWith('postgres')) process.kill(pid, 'SIGQUIT');
      else process.kill(-pid, 'SIGKILL');
      return {
        happened: () => {
          const state = stateOf(pid);
          if (state !== undefined && state !== 'Z') throw new Error(`${part} (${pid}) still runs`);
          const next = stack.runningPid(part);
          if (next === pid) throw new Error(`${part} is not started again`);
          return `process ${pid} is gone, ${next} has taken its place`;
        },
      };
    },
  }));
