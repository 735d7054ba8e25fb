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
    database.then(() => start('command service', parts.commandService)),
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
    commandService: servicePart(
      'command-service',
      'command-service/dist/main.js',
      ports.SERVER_PORT,
      environmentOf('command-service', 'SERVICE_DB'),
    ),
    queryService: servicePart(
      'query-service',
      'query-service/dist/main.js',
      ports.QUERY_SERVER_PORT,
      environmentOf('query-service'),
    ),
  };
}
