import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { java } from '../java';
import { endProcess, startProcess, tail } from '../process';
import { until } from '../until';

/** Of the broker that is gone. Nobody is served meanwhile, so it can be short. */
const sessionTimeoutMs = 1_000;
/** A controller that has been active this long without fencing anybody has nobody to fence. */
const nobodyToFenceMs = 4 * sessionTimeoutMs;
const deadlineMs = 30_000;
const graceMs = 10_000;

export interface KilledBroker {
  /** For the controller's properties and log. */
  directory: string;
  /** The broker's log directory. */
  data: string;
  /** Where the controller listens, as in the broker's own properties. */
  controllerPort: number;
}

/**
 * After a kill: runs the controller alone until the registration of its broker has expired. Does
 * nothing when the broker was stopped in order or has never run. Takes about 3 seconds, most of
 * which the broker's start would have waited for the same expiry.
 *
 * A broker that comes back sooner is, by its own old registration, still the leader of everything.
 * It loads the transactions that it had decided to commit; then the registration expires, all
 * partitions are without a leader for a moment, and Kafka 4.3.1 takes them for deleted ("Couldn't
 * find leader endpoint for partitions … likely deleted already"). The transaction is recorded as
 * completed without its markers, and everyone who reads committed records waits for them for ever.
 *
 * @param noteProcess gets the controller's process id
 * @throws when the controller does not come up, with the last lines that it wrote
 */
export async function fenceKilledBroker(
  broker: KilledBroker,
  noteProcess: (pid: number) => void,
): Promise<void> {
  const hasRun = existsSync(join(broker.data, '__cluster_metadata-0'));
  const stoppedInOrder = existsSync(join(broker.data, '.kafka_cleanshutdown'));
  if (!hasRun || stoppedInOrder) return;

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
function controllerProperties({ data, controllerPort }: KilledBroker): string {
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
