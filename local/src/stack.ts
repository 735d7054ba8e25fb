import { join } from 'node:path';
import type { Login, MemberPorts, PortName, StackConfig } from './config';
import { environmentOfPart } from './part-environment';
import { connectPart } from './parts/connect';
import { kafkaPart } from './parts/kafka';
import { postgresPart, withRole } from './parts/postgres';
import type { BrokerSecurity } from './parts/kafka-security';
import {
  type Certificates,
  certificatesIn,
  kafkaPasswords,
  keepPasswords,
  type SecuredPasswords,
} from './secured';
import { nodeCommand, servicePart } from './parts/service';
import type { Part } from './supervised-part';
import type { Supervisor } from './supervisor';
import type { Command } from './process';

/** The folders of LOCAL_DIR that hold data. */
export const dataFolders = ['postgres', 'kafka', 'connect', 'query-service', 'views-postgres'];

export type Step = <T>(title: string, run: () => Promise<T>) => Promise<T>;

/** Starts every part as soon as what it needs is there. @returns when all are ready */
export async function startStack(
  config: StackConfig,
  supervisor: Supervisor,
  step: Step,
): Promise<void> {
  const parts = partsOf(config, makeSecured(config));
  const start = (title: string, part: Part): Promise<void> =>
    step(title, () => supervisor.start(part));
  const once = (title: string, name: string, command: Command): Promise<void> =>
    step(title, () => supervisor.runOnce(name, command));

  const database = start('PostgreSQL', parts.postgres)
    .then(() => once('migrations', 'migrate', parts.migrate))
    .then(() => once('relay roles and publication', 'relay-setup', parts.relaySetup));
  const views = parts.viewsDatabase && start("the views' PostgreSQL", parts.viewsDatabase);
  const { kafkaSetup } = parts;
  const broker = start('Kafka broker', parts.kafka).then(
    () => kafkaSetup && once("rights of Kafka's users", 'kafka-setup', kafkaSetup),
  );
  await Promise.all([
    start('Kafka Connect with Debezium', parts.connect),
    database.then(() =>
      Promise.all(parts.commandServices.map(([title, part]) => start(title, part))),
    ),
    Promise.all([database, broker]).then(() => start('relay keeper', parts.relayKeeper)),
    Promise.all([broker, views]).then(() =>
      Promise.all(parts.queryServices.map(([title, part]) => start(title, part))),
    ),
  ]);
}

/** Keeps and makes what a secured stack needs; null: it is not secured. */
function makeSecured({ directory, secured }: StackConfig): Certificates | null {
  if (secured === null) return null;
  keepPasswords(directory, secured);
  return certificatesIn(directory);
}

function partsOf(config: StackConfig, certificates: Certificates | null) {
  const { directory, ports, database, extraListeners } = config;
  const environmentOf = (part: string, ...logins: Login[]): NodeJS.ProcessEnv =>
    environmentOfPart(part, config.environmentFor(...logins));
  const connectEnvironment = environmentOf('connect', 'RELAY_DB', 'KAFKA_CONNECT');
  return {
    postgres: postgresPart({
      directory: join(directory, 'postgres'),
      port: ports.DB_PORT,
      user: database.user,
      password: database.password,
      database: database.name,
      durable: true,
      ...(certificates && { tls: certificates.postgres }),
      environment: environmentOf('postgres'),
    }),
    kafka: kafkaPart({
      directory: join(directory, 'kafka'),
      port: ports.KAFKA_PORT,
      controllerPort: ports.KAFKA_CONTROLLER_PORT,
      isForThroughput: true,
      extraListeners,
      ...(certificates && config.secured && { security: securityOf(certificates, config.secured) }),
    }),
    kafkaSetup:
      config.secured &&
      nodeCommand(['debezium/dist/kafka-setup.js'], environmentOf('kafka-setup', 'KAFKA_ADMIN')),
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
      ['debezium/dist/main.js'],
      ports.RELAY_KEEPER_PORT,
      environmentOf('relay-keeper', ...keeperLogins),
    ),
    commandServices: memberParts(config, {
      ...{ service: 'command-service', title: 'command service' },
      members: config.commandMembers,
      ports: { http: 'SERVER_PORT', admin: 'COMMAND_ADMIN_PORT' },
      logins: ['SERVICE_DB'],
    }),
    queryServices: memberParts(config, {
      ...{ service: 'query-service', title: 'query service' },
      members: config.queryMembers,
      ports: { http: 'QUERY_SERVER_PORT', admin: 'QUERY_ADMIN_PORT' },
      logins: ['VIEWS_DB', 'KAFKA_QUERY'],
    }),
    viewsDatabase: viewsPart(config, certificates),
  };
}

const keeperLogins = ['RELAY_DB', 'AUDIT_DB', 'CONNECT', 'ADMIN', 'KAFKA_KEEPER'] as const;

const securityOf = ({ ca, kafka }: Certificates, passwords: SecuredPasswords): BrokerSecurity => ({
  ...{ tls: kafka, ca },
  passwords: kafkaPasswords(passwords),
});

/** The database that query services share; null: they share none. */
function viewsPart(
  { directory, ports, database, viewsDatabase, environmentFor }: StackConfig,
  certificates: Certificates | null,
): Part | null {
  if (viewsDatabase === null) return null;
  const { name, ...role } = viewsDatabase;
  const options = {
    name: 'views-postgres',
    directory: join(directory, 'views-postgres'),
    port: ports.VIEWS_DB_PORT,
    user: database.user,
    password: database.password,
    database: name,
    durable: true,
    ...(certificates && { tls: certificates.postgres }),
    environment: environmentOfPart('views-postgres', environmentFor()),
  };
  return withRole(postgresPart(options), options, role);
}

/** The processes of one service. */
interface Members {
  /** As its folder is called. */
  readonly service: string;
  readonly title: string;
  readonly members: readonly MemberPorts[];
  readonly ports: { readonly http: PortName; readonly admin: PortName };
  readonly logins: readonly Login[];
}

/**
 * The members of a service. Of several, the proxy in front of them comes first: it stops last, so that they can finish what they
 * have accepted.
 */
function memberParts(
  config: StackConfig,
  { service, title, members, ports, logins }: Members,
): [title: string, part: Part][] {
  const isAlone = members.length === 1;
  const parts = members.map(({ http, admin }, i): [string, Part] => {
    const name = i === 0 ? service : `${service}-${i + 1}`;
    const environment = environmentOfPart(name, {
      ...config.environmentFor(...logins),
      ...{ [ports.http]: String(http), [ports.admin]: String(admin) },
      // Others come by the proxy.
      ...(!isAlone && { HTTP_HOST: '127.0.0.1' }),
    });
    const part = servicePart(name, [`${service}/dist/main.js`], http, environment);
    return [isAlone ? title : `${title} ${i + 1}`, part];
  });
  if (isAlone) return parts;
  const name = service.replace('service', 'proxy');
  const environment = environmentOfPart(name, config.environmentFor());
  const port = config.ports[ports.http];
  const listens = [environment.HTTP_HOST ?? '', String(port)];
  const targets = members.map(({ http }) => String(http));
  const program = ['local/dist/tcp-proxy.js', ...listens, ...targets] as const;
  return [[`the ${title}s' proxy`, servicePart(name, program, port, environment)], ...parts];
}
