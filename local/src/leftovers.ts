import { identityOf, recordedProcesses, type Recorded, removePidFiles } from './pid-file';
import { signalGroup } from './process';
import { until } from './until';

const graceMs = 10_000;

/**
 * Ends what a killed supervisor left running.
 *
 * @returns the names of what was ended
 */
export async function endLeftovers(runDirectory: string): Promise<string[]> {
  const left = recordedProcesses(runDirectory);
  await Promise.all(left.map(end));
  removePidFiles(runDirectory);
  return left.map(({ name }) => name);
}

async function end({ name, pid }: Recorded): Promise<void> {
  const identity = identityOf(pid);
  const gone = (): void => {
    if (identityOf(pid) === identity) throw new Error(`${name} (${pid}) still runs`);
  };
  // PostgreSQL takes SIGTERM as "wait for all clients"; SIGINT ends it now, in order.
  signalGroup(pid, name.endsWith('postgres') ? 'SIGINT' : 'SIGTERM');
  try {
    await until(gone, graceMs);
  } catch {
    signalGroup(pid, 'SIGKILL');
    await until(gone, graceMs);
  }
}
