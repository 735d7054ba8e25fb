import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Side } from '../measure/rounds';
import { catchUp } from '../system/catch-up';
import type { System } from '../system/system';
import type { LoadedTopics } from './loaded-topics';

/** The query service, from an empty folder until its views are what the history says. */
export function materializeSide(
  name: string,
  system: System,
  { history, records }: LoadedTopics,
): Side {
  return {
    name,
    run: async (round) => {
      const folder = join(system.folder, `${name}-${round}`);
      const replica = {
        QUERY_DATA_DIR: folder,
        REPLICA_ID: `${name.replaceAll(' ', '-')}-${round}`,
      };
      const { part, seconds, secondsFromStart, cpuSeconds, applied } = await catchUp(
        system,
        replica,
      );
      await history.oracle.requireViews(system.url('QUERY_SERVER_PORT'));
      const peakMemory = part.peakMemory();
      await part.stop();
      rmSync(folder, { recursive: true });
      return {
        figures: {
          'records/s': records / seconds,
          'CPU µs/record': (cpuSeconds / records) * 1e6,
          's from process start': secondsFromStart,
          'peak MiB': peakMemory / 2 ** 20,
        },
        totals: `${applied} records`,
      };
    },
  };
}
