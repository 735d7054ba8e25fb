import { until } from 'local/until';
import { partNames } from '../../support/parts';
import type { Fault } from '../fault';
import { familyOf, signalAll, stateOf } from '../processes';

const deadlineMs = 90_000;

/** Each process stops in its tracks, and goes on later as if nothing had been. */
export const pauses: Fault[] = partNames.map((part) => ({
  name: `pause: ${part}`,
  disturbs: [part],
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
