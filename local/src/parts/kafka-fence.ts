import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { java } from '../java';
import { endProcess, startProcess, tail } from '../process';
import { until } from '../until';

/** Of the broker that is gone. Nobody is served meanwhile, so it can be short. */
const sessionTimeoutMs = 1_000;
/** A controller that has been active this long without fencing anybody has nobody to fence. */
const nobodyToFenceMs = 4 * sessionTimeoutMs;
const deadlineMs = 60_000;
const graceMs = 10_000;

export interface FormerBroker {
  /** For the controller's properties and log. */
  directory: string;
  /** The broker's log directory. */
  data: string;
  /** Where the controller listens, as in the broker's own properties. */
  controllerPort: number;
}

/**
 * Runs the controller alone until the registration of its former broker has expired. Does nothing
 * when there has been none. Takes about 3 seconds.
 *
 * While the only broker coordinates transactions, no partition may be without a leader: Kafka 4.3.1
 * takes such a partition for deleted ("Couldn't find leader endpoint for partitions … likely deleted
 * already") and records the transaction as completed without its markers. Everyone who reads committed
 * records then waits for them for ever. A broker that comes back too soon gets there: by its old
 * registration it is still the leader of everything and loads the transactions that it had decided to
 * commit; then that registration expires. A controlled shutdown and a pause longer than the session
 * get there too, so the broker's properties exclude both.
 *
 * @param noteProcess gets the controller's process id
 * @throws when the controller does not come up, with the last lines that it wrote
 */
export async function fenceFormerBroker(
  broker: FormerBroker,
  noteProcess: (pid: number) => void,
): Promise<void> {
  if (!existsSync(join(broker.data, '__cluster_metadata-0'))) return;

  const propertiesFile = join(broker.directory, 'fence.properties');
  const logFile = join(broker.directory, 'fence.log');
  writeFileSync(propertiesFile, controllerProperties(broker));
  writeFileSync(logFile, '');
  const controller = await startProcess(
    java({ main: 'kafka.Kafka', args: [propertiesFile], heap: 256, makeClassArchive: false }),
    logFile,
  );
  noteProcess(controller.pid);
  const ended = controller.exited.then(() => {
    throw new Error(`the controller ended by itself:\n${tail(logFile)}`);
  });
  try {
    await Promise.race([ended, until(fencedOrNobodyToFence(logFile), deadlineMs)]);
  } finally {
    ended.catch(() => undefined);
    await endProcess(controller, 'SIGTERM', graceMs);
  }
}

function fencedOrNobodyToFence(logFile: string): () => void {
  let activeSince: number | undefined;
  return () => {
    const log = readFileSync(logFile, 'utf8');
    if (/Fencing broker \d+ /.test(log)) return;
    if (log.includes('Performing controller activation')) activeSince ??= performance.now();
    const activeMs = activeSince === undefined ? 0 : performance.now() - activeSince;
    if (activeMs < nobodyToFenceMs) throw new Error(`no broker is fenced yet:\n${tail(logFile)}`);
  };
}

/** The same node with its controller only. */
function controllerProperties({ data, controllerPort }: FormerBroker): string {
  return `process.roles=controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:${controllerPort}
listeners=CONTROLLER://127.0.0.1:${controllerPort}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT
log.dirs=${data}
broker.session.timeout.ms=${sessionTimeoutMs}
broker.heartbeat.interval.ms=${sessionTimeoutMs / 2}
`;
}
