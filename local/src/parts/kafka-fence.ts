import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { watchedControllerEnvironment } from '../config';
import { java } from '../java';
import { endProcess, startProcess } from '../process';
import { until } from '../until';
import { type BrokerSecurity, controllerSecurity } from './kafka-security';

/** The session timeout of the broker that is gone. Nobody is served meanwhile, so it can be short. */
const sessionTimeoutMs = 1_000;
/** The controller looks eight times in a session: so many looks, three sessions, without a broker to fence show that there is none. */
const looksForNobody = 24;
const deadlineMs = 60_000;
const graceMs = 10_000;

interface FormerBroker {
  /** For the controller's properties and log. */
  directory: string;
  /** The broker's log directory. */
  data: string;
  /** Where the controller listens, as in the broker's own properties. */
  controllerPort: number;
  /** As the broker has it: nobody else may come meanwhile. */
  security?: BrokerSecurity;
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
 * @throws when the controller does not come up; its log, at DEBUG, is for a file and not for a terminal
 */
export async function fenceFormerBroker(
  broker: FormerBroker,
  noteProcess: (pid: number) => void,
): Promise<void> {
  if (!existsSync(join(broker.data, '__cluster_metadata-0'))) return;

  const propertiesFile = join(broker.directory, 'fence.properties');
  const logFile = join(broker.directory, 'fence.log');
  writeFileSync(propertiesFile, controllerProperties(broker), { mode: 0o600 });
  writeFileSync(logFile, '');
  const program = { main: 'kafka.Kafka', args: [propertiesFile], heap: 256 };
  const env = watchedControllerEnvironment();
  const command = { ...java({ ...program, makeClassArchive: false }), env };
  const controller = await startProcess(command, logFile);
  noteProcess(controller.pid);
  const ended = controller.exited.then(() => {
    throw new Error(`the controller that fences its former life ended: ${logFile} says why`);
  });
  try {
    await Promise.race([
      ended,
      until(() => {
        const log = readFileSync(logFile, 'utf8');
        if (isFenced(log) || hasNobodyToFence(log)) return;
        throw new Error(`its former life is not fenced yet: ${logFile} says why`);
      }, deadlineMs),
    ]);
  } finally {
    ended.catch(() => undefined);
    await endProcess(controller, 'SIGTERM', graceMs);
  }
}

/**
 * Whether the record that fences the broker is committed. What is announced first (`Fencing broker`) is replayed in memory tens of
 * milliseconds later and written after that: a controller that ends in between leaves the broker registered.
 *
 * @param log of the controller, at DEBUG
 */
export function isFenced(log: string): boolean {
  // Behind it: records of earlier starts are replayed, too.
  const [, replayed] = /Fencing broker \d+ [^]*?fenced=1([^]*)/.exec(log) ?? [];
  const offset = /maybeFenceStaleBroker\(\d+\) will be completed when the log reaches offset (\d+)/;
  const [, wanted] = offset.exec(replayed ?? '') ?? [];
  if (wanted === undefined) return false;
  const committed = (replayed ?? '').matchAll(/Completing purgatory items up to offset (\d+)/g);
  return [...committed].some(([, upTo]) => Number(upTo) >= Number(wanted));
}

function hasNobodyToFence(log: string): boolean {
  const [, active] = log.split('Performing controller activation');
  if (active === undefined || active.includes('Fencing broker')) return false;
  return active.split('No stale brokers found').length > looksForNobody;
}

/** The same node with its controller only. */
function controllerProperties({ data, controllerPort, security }: FormerBroker): string {
  return `process.roles=controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:${controllerPort}
listeners=CONTROLLER://127.0.0.1:${controllerPort}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:${security === undefined ? 'PLAINTEXT' : 'SASL_SSL'}
log.dirs=${data}
broker.session.timeout.ms=${sessionTimeoutMs}
broker.heartbeat.interval.ms=${sessionTimeoutMs / 2}
${security === undefined ? '' : controllerSecurity(security)}`;
}
