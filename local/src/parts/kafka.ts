import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KafkaConnection } from 'kafka-client/connection';
import { KafkaAdmin } from 'kafka-client/kafka-admin';
import { java } from '../java';
import { type Command, runToEnd } from '../process';
import type { Part } from '../supervised-part';
import { fenceFormerBroker } from './kafka-fence';
import { adminOf, brokerSecurity, type BrokerSecurity } from './kafka-security';

export interface KafkaOptions {
  /** Holds server.properties and the log; created when missing. */
  directory: string;
  port: number;
  controllerPort: number;
  /** @see JavaProgram */
  isForThroughput: boolean;
  /** Further listeners: a client that comes by one is told its advertised port only. */
  extraListeners?: readonly { port: number; advertisedPort: number }[];
  /** Further lines of server.properties. */
  extraProperties?: readonly string[];
  /** With it, all clients need TLS and a login (SASL_SSL), and nobody may do what no ACL says. */
  security?: BrokerSecurity;
}

/** The broker: one node, replication 1. */
export function kafkaPart(options: KafkaOptions): Part {
  return {
    name: 'kafka',
    prepare: (logFile, noteProcess) => prepareKafka(options, logFile, noteProcess),
    isReady: () => brokerIsReady(connectionTo(options)),
    stopSignal: 'SIGTERM',
    graceMs: 15_000,
  };
}

function connectionTo({ port, security }: KafkaOptions): KafkaConnection {
  const address = `127.0.0.1:${port}`;
  return security === undefined ? { brokers: [address] } : adminOf(security, address);
}

/** Writes the broker's configuration, sees that its storage is in order, and tells how to run it. */
export async function prepareKafka(
  options: KafkaOptions,
  logFile: string,
  noteProcess: (pid: number) => void = () => undefined,
): Promise<Command> {
  mkdirSync(options.directory, { recursive: true });
  const data = join(options.directory, 'data');
  const propertiesFile = join(options.directory, 'server.properties');
  writeFileSync(propertiesFile, serverProperties(options, data), { mode: 0o600 });
  await fenceFormerBroker({ ...options, data }, noteProcess);
  if (!existsSync(join(data, 'meta.properties'))) {
    await runToEnd(
      java({
        main: 'kafka.tools.StorageTool',
        args: ['format', '--standalone', '-t', newClusterId(), '-c', propertiesFile],
        heap: 128,
      }),
      logFile,
    );
  }
  const { isForThroughput } = options;
  return java({ main: 'kafka.Kafka', args: [propertiesFile], heap: 512, isForThroughput });
}

/** 16 random bytes in Kafka's notation, none that begins with "-": its tools take that for an option. */
export function newClusterId(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? newClusterId() : id;
}

/** Resolves when the broker serves clients; throws as long as it does not. */
export async function brokerIsReady(connection: KafkaConnection): Promise<void> {
  const admin = new KafkaAdmin(connection, 'local');
  try {
    if ((await admin.brokerCount()) === 0) throw new Error('the broker has not registered yet');
  } finally {
    await admin.close();
  }
}

/** One node that is broker and controller; replication 1 follows from that. */
function serverProperties(options: KafkaOptions, data: string): string {
  const { port, controllerPort, extraListeners = [], extraProperties = [], security } = options;
  const protocol = security === undefined ? 'PLAINTEXT' : 'SASL_SSL';
  const named = [
    { port, advertisedPort: port, name: protocol },
    ...extraListeners.map((listener, i) => ({ ...listener, name: `EXTRA_${i + 1}` })),
  ];
  const listeners = [
    ...named.map(({ name, port }) => `${name}://127.0.0.1:${port}`),
    `CONTROLLER://127.0.0.1:${controllerPort}`,
  ];
  const advertised = named.map(
    ({ name, advertisedPort }) => `${name}://127.0.0.1:${advertisedPort}`,
  );
  const names = named.map(({ name }) => name);
  const protocols = ['CONTROLLER', ...names].map((name) => `${name}:${protocol}`);
  return `process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:${controllerPort}
listeners=${listeners.join(',')}
advertised.listeners=${advertised.join(',')}
controller.listener.names=CONTROLLER
listener.security.protocol.map=${protocols.join(',')}
log.dirs=${data}

# Topics are created by the relay keeper, with the settings that views rely on.
auto.create.topics.enable=false

offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1

# Nobody can take over from the only broker: neither its stop nor a pause may leave partitions without
# a leader while it ends transactions (see kafka-fence.ts). 10 minutes.
controlled.shutdown.enable=false
broker.session.timeout.ms=600000
# A started broker is let in at one of these (default 2 s).
broker.heartbeat.interval.ms=500

# One consumer per group: nobody to wait for.
group.initial.rebalance.delay.ms=0
# A killed consumer's place is free again this soon (its own session timeout decides within this).
group.min.session.timeout.ms=1000
# A killed producer's open transaction is looked at this often.
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000

# The compacted topics have some dozen keys: 4 MiB of memory to find them anew, not 128 (24 bytes per key).
log.cleaner.dedupe.buffer.size=4194304

${security === undefined ? '' : brokerSecurity(security, names)}
${extraProperties.join('\n')}
`;
}
