import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from 'local/ports';
import { java } from 'local/java';
import { endProcess, type RunningProcess, runToEnd, startProcess } from 'local/process';
import { until } from 'local/until';
import { withAdmin } from '../../kafka-client/test/support/plain-client';
import type { FaultSystem } from './system';

const deadlineMs = 90_000;
const graceMs = 15_000;
const id = 2;

/** A broker that joins the cluster, takes partitions over, and leaves it again. */
export class SecondBroker {
  readonly id = id;

  private constructor(
    private readonly running: RunningProcess,
    private readonly folder: string,
    private readonly bootstrapServers: string,
  ) {}

  static async start({ stack, listeners }: FaultSystem): Promise<SecondBroker> {
    const folder = join(stack.folder, 'kafka-2');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    const properties = join(folder, 'server.properties');
    const ports = await freePorts(listeners.length);
    writeFileSync(
      properties,
      propertiesOf(
        listeners.map((name, i) => ({ name, port: ports[i] ?? 0 })),
        stack.ports.KAFKA_CONTROLLER_PORT,
        join(folder, 'data'),
      ),
    );
    const log = join(stack.folder, 'logs', 'kafka-2.log');
    const { clusterId } = await withAdmin(stack.bootstrapServers, (admin) =>
      admin.describeCluster(),
    );
    const args = ['format', '-t', clusterId, '-c', properties];
    await runToEnd(java({ main: 'kafka.tools.StorageTool', args, heap: 128 }), log);
    const broker = java({
      main: 'kafka.Kafka',
      args: [properties],
      heap: 256,
      makeClassArchive: false,
    });
    const second = new SecondBroker(
      await startProcess(broker, log),
      folder,
      stack.bootstrapServers,
    );
    try {
      await second.untilMember(true);
    } catch (error) {
      await second.stop();
      throw error;
    }
    return second;
  }

  /** In order, so that nobody is told of it any more. It must lead nothing by then. */
  async stop(): Promise<void> {
    await endProcess(this.running, 'SIGTERM', graceMs);
    await this.untilMember(false);
    rmSync(this.folder, { recursive: true });
  }

  private untilMember(isMember: boolean): Promise<void> {
    return until(async () => {
      const { brokers } = await withAdmin(this.bootstrapServers, (admin) =>
        admin.describeCluster(),
      );
      if (brokers.some(({ nodeId }) => nodeId === id) !== isMember) {
        throw new Error(`brokers: ${brokers.map(({ nodeId }) => nodeId).join(', ')}`);
      }
    }, deadlineMs);
  }
}

/** A broker only. It has every listener of the first one: who comes by one is told who listens on the same. */
function propertiesOf(
  listeners: readonly { name: string; port: number }[],
  controllerPort: number,
  data: string,
): string {
  const addresses = listeners.map(({ name, port }) => `${name}://127.0.0.1:${port}`).join(',');
  return `process.roles=broker
node.id=${id}
controller.quorum.bootstrap.servers=127.0.0.1:${controllerPort}
listeners=${addresses}
advertised.listeners=${addresses}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=${['CONTROLLER', ...listeners.map(({ name }) => name)]
    .map((name) => `${name}:PLAINTEXT`)
    .join(',')}
log.dirs=${data}
broker.heartbeat.interval.ms=500
auto.create.topics.enable=false
`;
}
