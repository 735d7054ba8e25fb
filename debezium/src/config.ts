import { bool, port, str, url } from 'envalid';
import { type ConnectorManager, connectorManagers } from 'contracts/commands';
import { connectionOf, connectionSpecs } from 'kafka-client/connection';
import { auditOf, auditSpecs } from 'reconcile/config';
import { databaseSpecs, loginOf } from 'service-kit/database-login';
import { authOf, authSpecs } from 'service-kit/auth-config';
import { daySeconds, hours, readEnvironment, wholeNumber } from 'service-kit/environment';
import { limitSpecs, limitsOf } from 'service-kit/limits';
import { metricsExportOf, metricsExportSpecs } from 'service-kit/metrics-export';
import type { Login } from 'service-kit/postgres';
import { topicSpecs, topicsOf, watermarkSpecs } from 'service-kit/topics';
import type { ConnectAddress } from './connect-rest';

const relay = {
  RELAY_DB_USER: str({ default: 'relay', desc: 'the role of Connect and the relay keeper' }),
  RELAY_DB_PASSWORD: str({ desc: "the relay role's password" }),
};

const connections = wholeNumber(1, 10_000);

/** The variables of the relay keeper. */
export const relayKeeperSpecs = {
  ...relay,
  ...auditSpecs,
  ...limitSpecs,
  ...metricsExportSpecs,
  RECONCILE_INTERVAL: wholeNumber(
    0,
    daySeconds,
  )({
    default: 30,
    desc: 'seconds between two comparisons of a part of the views; 0: none',
  }),
  OUTBOX_RETENTION_HOURS: hours(
    24 * 3_650,
    true,
  )({
    default: 168,
    desc: 'how long outbox rows are kept after their events came to Kafka; 0: for ever',
  }),
  ...connectionSpecs,
  CONNECT_URL: url({ default: 'http://connect:8083', desc: "Kafka Connect's REST" }),
  CONNECT_PASSWORD: str({
    default: '',
    desc: 'password of the user relay-keeper there; empty: it asks for none',
  }),
  CONNECTOR_MANAGED_BY: str<ConnectorManager>({
    choices: connectorManagers,
    default: 'relay-keeper',
    desc: 'who creates, changes and restarts the connector; strimzi: the keeper only watches it',
  }),
  CONNECT_PROXY_PORT: wholeNumber(
    0,
    65_535,
  )({
    default: 0,
    desc: "port on which operators get some of Kafka Connect's REST; 0: none",
  }),
  CONNECT_PUBLIC_URL: str({
    default: '',
    desc: 'where operators reach it, for advice; empty: CONNECT_URL',
  }),
  CLOUDEVENTS_HEADERS: bool({
    default: false,
    desc: 'whether events have the attributes of CloudEvents as headers, too',
  }),
  ...authSpecs,
  ...topicSpecs,
  ...watermarkSpecs,
  TOPIC_PARTITIONS: wholeNumber(
    1,
    10_000,
  )({
    default: 6,
    desc: 'partitions of an event topic',
  }),
  TOPIC_REPLICATION: wholeNumber(1, 100)({ default: 1, desc: 'copies of each partition' }),
  ADMIN_HOST: str({ default: '127.0.0.1', desc: 'address of the health listener' }),
  RELAY_KEEPER_PORT: port({ default: 8084, desc: 'port of the health listener' }),
  LOG_LEVEL: str({ default: 'info', desc: 'a pino level' }),
  FAILPOINTS: str({ default: '', desc: 'for tests only' }),
};

export type RelayKeeperConfig = ReturnType<typeof readRelayKeeperConfig>;

/** @throws {ConfigurationError} naming every missing and bad variable */
export function readRelayKeeperConfig(environment: NodeJS.ProcessEnv = process.env) {
  const env = readEnvironment(relayKeeperSpecs, environment);
  const connect: ConnectAddress = {
    url: env.CONNECT_URL,
    password: env.CONNECT_PASSWORD,
    managedBy: env.CONNECTOR_MANAGED_BY,
  };
  return {
    /** The login of the relay role, which Connect uses, too. */
    database: loginOf(env, env.RELAY_DB_USER, env.RELAY_DB_PASSWORD),
    /** The settings of the periodic comparison. */
    audit: auditOf(env),
    /** Seconds between two comparisons; 0: none. */
    reconcileInterval: env.RECONCILE_INTERVAL,
    /** How long outbox rows are kept after their events came to Kafka; 0: for ever. */
    outboxRetentionMs: env.OUTBOX_RETENTION_HOURS * 3_600_000,
    kafka: connectionOf(env),
    connect,
    /** The listener on which operators ask Connect: its port (0: none) and its URL for printed advice. */
    connectProxy: {
      port: env.CONNECT_PROXY_PORT,
      url: env.CONNECT_PUBLIC_URL === '' ? env.CONNECT_URL : env.CONNECT_PUBLIC_URL,
    },
    /** Whether records have the attributes of CloudEvents as headers, too. */
    cloudEventsHeaders: env.CLOUDEVENTS_HEADERS,
    auth: authOf(env),
    topics: { ...topicsOf(env), watermark: env.WATERMARK_TOPIC },
    /** How many partitions each event topic has; the watermark topic has one. */
    partitions: env.TOPIC_PARTITIONS,
    replication: env.TOPIC_REPLICATION,
    adminHost: env.ADMIN_HOST,
    adminPort: env.RELAY_KEEPER_PORT,
    limits: limitsOf(env),
    metricsExport: metricsExportOf(env),
    logLevel: env.LOG_LEVEL,
    failpoints: env.FAILPOINTS,
  };
}

/** The variables of the relay's set-up in PostgreSQL. */
export const relaySetupSpecs = {
  ...databaseSpecs,
  ...relay,
  ...watermarkSpecs,
  AUDIT_DB_USER: auditSpecs.AUDIT_DB_USER,
  AUDIT_DB_PASSWORD: auditSpecs.AUDIT_DB_PASSWORD,
  RELAY_DB_CONNECTIONS: connections({
    default: 30,
    desc: 'connections of RELAY_DB_USER at most: 3 a keeper, some 5 a worker, and old ones',
  }),
  AUDIT_DB_CONNECTIONS: connections({
    default: 10,
    desc: 'connections of AUDIT_DB_USER at most',
  }),
  POSTGRES_USER: str({ desc: 'the migration role' }),
  POSTGRES_PASSWORD: str({ desc: "the migration role's password" }),
};

export type SetupConfig = ReturnType<typeof readSetupConfig>;

/** @throws {ConfigurationError} naming every missing and bad variable */
export function readSetupConfig(environment: NodeJS.ProcessEnv = process.env) {
  const env = readEnvironment(relaySetupSpecs, environment);
  return {
    /** The login of the migration role, which owns the tables and may create roles. */
    database: loginOf(env, env.POSTGRES_USER, env.POSTGRES_PASSWORD),
    relay: {
      name: env.RELAY_DB_USER,
      password: env.RELAY_DB_PASSWORD,
      connections: env.RELAY_DB_CONNECTIONS,
    },
    /** The role of reconcile and explain, which may only read. */
    audit: {
      name: env.AUDIT_DB_USER,
      password: env.AUDIT_DB_PASSWORD,
      connections: env.AUDIT_DB_CONNECTIONS,
    },
    watermarkTopic: env.WATERMARK_TOPIC,
  };
}

/** The logins and addresses of an operator's command that changes the outbox, or what the relay makes of it. */
export interface CommandConfig {
  /** The migration role, which may change the outbox. */
  readonly owner: Login;
  /** The relay's role, which owns the slot. */
  readonly relay: Login;
  /** Kafka, Connect and the topics, as the keeper's environment names them. */
  readonly keeper: RelayKeeperConfig;
}

/** @throws {ConfigurationError} */
export function readCommandConfig(environment: NodeJS.ProcessEnv = process.env): CommandConfig {
  const { database: owner } = readSetupConfig(environment);
  const keeper = readRelayKeeperConfig(environment);
  return { owner, relay: keeper.database, keeper };
}

/** The variables of the set-up of rights in Kafka. */
export const kafkaSetupSpecs = {
  ...connectionSpecs,
  ...topicSpecs,
  ...watermarkSpecs,
  KAFKA_STREAMS_APP_ID: str({
    default: 'ecommerce-analytics',
    desc: "what the query services' consumer groups begin with",
  }),
};

/**
 * As whom rights are given, and what they are about.
 *
 * @throws {ConfigurationError} naming every missing and bad variable
 */
export function readKafkaSetupConfig(environment: NodeJS.ProcessEnv = process.env) {
  const env = readEnvironment(kafkaSetupSpecs, environment);
  return {
    kafka: connectionOf(env),
    topics: { ...topicsOf(env), watermark: env.WATERMARK_TOPIC },
    groupPrefix: env.KAFKA_STREAMS_APP_ID,
  };
}
