import { join } from 'node:path';
import type { Login, StackConfig } from './config';
import { environmentOfPart } from './part-environment';
import { connectPart } from './parts/connect';
import { kafkaPart } from './parts/kafka';
import { postgresPart } from './parts/postgres';
import { nodeCommand, servicePart } from './parts/service';
import type { Part } from './supervised-part';
import type { Supervisor } from './supervisor';
import type { Command } from './process';

/** The folders of LOCAL_DIR that hold data. */
export const dataFolders = ['postgres', 'kafka', 'connect', 'query-service'];

export type Step = <T>(title: string, run: () => Promise<T>) => Promise<T>;

/** Starts every part as soon as what it needs is there. @returns when all are ready */
export async function startStack(
  config: StackConfig,
  supervisor: Supervisor,
  step: Step,
): Promise<void> {
  const parts = partsOf(config);
  const start = (title: string, part: Part): Promise<void> =>
    step(title, () => supervisor.start(part));
  const once = (title: string, name: string, command: Command): Promise<void> =>
    step(title, () => supervisor.runOnce(name, command));

  const database = start('PostgreSQL', parts.postgres)
    .then(() => once('migrations', 'migrate', parts.migrate))
    .then(() => once('relay roles and publication', 'relay-setup', parts.relaySetup));
  const broker = start('Kafka broker', parts.kafka);
  await Promise.all([
    start('Kafka Connect with Debezium', parts.connect),
    database.then(() =>
      Promise.all(parts.commandServices.map(([title, part]) => start(title, part))),
    ),
    Promise.all([database, broker]).then(() => start('relay keeper', parts.relayKeeper)),
    broker.then(() => start('query service', parts.queryService)),
  ]);
}

function partsOf(config: StackConfig) {
  const { directory, ports, database, extraListeners } = config;
  const environmentOf = (part: string, ...logins: Login[]): NodeJS.ProcessEnv =>
    environmentOfPart(part, config.environmentFor(...logins));
  const connectEnvironment = environmentOf('connect', 'RELAY_DB');
  return {
    postgres: postgresPart({
      directory: join(directory, 'postgres'),
      port: ports.DB_PORT,
      user: database.user,
      password: database.password,
      database: database.name,
      durable: true,
      environment: environmentOf('postgres'),
    }),
    kafka: kafkaPart({
      directory: join(directory, 'kafka'),
      port: ports.KAFKA_PORT,
      controllerPort: ports.KAFKA_CONTROLLER_PORT,
      isForThroughput: true,
      extraListeners,
    }),
    connect: connectPart({
      directory: join(directory, 'connect'),
      port: ports.CONNECT_WORKER_PORT,
      password: config.connectPassword,
      bootstrapServers: connectEnvironment.KAFKA_BOOTSTRAP_SERVERS ?? '',
      environment: connectEnvironment,
    }),
    migrate: nodeCommand(
      ['command-service/dist/migrate.js'],
      environmentOf('migrate', 'POSTGRES', 'SERVICE_DB'),
    ),
    relaySetup: nodeCommand(
      ['cli/dist/main.js', 'relay-setup'],
      environmentOf('relay-setup', 'POSTGRES', 'RELAY_DB', 'AUDIT_DB'),
    ),
    relayKeeper: servicePart(
      'relay-keeper',
      'debezium/dist/main.js',
      ports.RELAY_KEEPER_PORT,
      environmentOf('relay-keeper', 'RELAY_DB', 'AUDIT_DB', 'CONNECT', 'ADMIN'),
    ),
    commandServices: commandParts(config),
    queryService: servicePart(
      'query-service',
      'query-service/dist/main.js',
      ports.QUERY_SERVER_PORT,
      environmentOf('query-service'),
    ),
  };
}

/**
 * The command services. Of several, the proxy in front of them comes first: it stops last, so that they can finish what they
 * have accepted.
 */
function commandParts(config: StackConfig): [title: string, part: Part][] {
  const { ports, commandMembers: members } = config;
  const isAlone = members.length === 1;
  const parts = members.map(({ http, admin }, i): [string, Part] => {
    const name = i === 0 ? 'command-service' : `command-service-${i + 1}`;
    const environment = environmentOfPart(name, {
      ...config.environmentFor('SERVICE_DB'),
      ...{ SERVER_PORT: String(http), COMMAND_ADMIN_PORT: String(admin) },
      // Others come by the proxy.
      ...(!isAlone && { HTTP_HOST: '127.0.0.1' }),
    });
    const part = servicePart(name, 'command-service/dist/main.js', http, environment);
    return [isAlone ? 'command service' : `command service ${i + 1}`, part];
  });
  if (isAlone) return parts;
  const name = 'command-proxy';
  const environment = environmentOfPart(name, config.environmentFor());
  const listens = [environment.HTTP_HOST ?? '', String(ports.SERVER_PORT)];
  const targets = members.map(({ http }) => String(http));
  const program = ['local/dist/tcp-proxy.js', ...listens, ...targets] as const;
  const proxy = servicePart(name, program, ports.SERVER_PORT, environment);
  return [["the command services' proxy", proxy], ...parts];
}
