import { until } from 'local/until';
import { disturbedWith, type Fault } from '../fault';
import { familyOf, signalAll, stateOf } from '../processes';
import { partsWith, type Store } from '../system';

const deadlineMs = 90_000;

/** Each process stops in its tracks, and goes on later as if nothing had been. */
export const pauses = (store: Store): Fault[] =>
  partsWith(store).map((part) => ({
    name: `pause: ${part}`,
    disturbs: disturbedWith(part),
    inject: async ({ system: { stack } }) => {
      const pid = await until(() => stack.runningPid(part), deadlineMs);
      const family = familyOf(pid);
      signalAll(family, 'SIGSTOP');
      return {
        happened: () => {
          if (stateOf(pid) !== 'T') throw new Error(`${part} is ${stateOf(pid)}, not stopped`);
          return `${family.length} processes stand still`;
        },
        end: () => signalAll(family, 'SIGCONT'),
      };
    },
  }));
