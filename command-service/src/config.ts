import { port, str } from 'envalid';
import { authOf, authSpecs } from 'service-kit/auth-config';
import { databaseSpecs, loginOf } from 'service-kit/database-login';
import {
  ConfigurationError,
  type EnvironmentOf,
  hours,
  readEnvironment,
  wholeNumber,
} from 'service-kit/environment';
import { limitSpecs, limitsOf } from 'service-kit/limits';
import { metricsExportOf, metricsExportSpecs } from 'service-kit/metrics-export';
import { topicSpecs, topicsOf } from 'service-kit/topics';
import { tracingOf, tracingSpecs } from 'service-kit/tracing';

export type Config = ReturnType<typeof readConfig>;
export type MigrationConfig = ReturnType<typeof readMigrationConfig>;

const hourMs = 3_600_000;

const serviceSpecs = {
  ...databaseSpecs,
  SERVICE_DB_USER: str({ default: 'command_service', desc: 'role of the command service' }),
  SERVICE_DB_PASSWORD: str({ desc: 'password of SERVICE_DB_USER' }),
  LOG_LEVEL: str({ default: 'info', desc: 'pino level' }),
};

/** The variables of every program that writes events as the service's role. */
const eventWriterSpecs = {
  ...serviceSpecs,
  ...topicSpecs,
  FAILPOINTS: str({ default: '', desc: 'for tests: name=action,…' }),
};

/** The variables of the command service. */
export const commandServiceSpecs = {
  ...eventWriterSpecs,
  ...authSpecs,
  ...limitSpecs,
  ...tracingSpecs,
  ...metricsExportSpecs,
  SERVER_PORT: port({ default: 8080, desc: 'public HTTP port' }),
  HTTP_HOST: str({ default: '0.0.0.0', desc: 'address of the public listener' }),
  COMMAND_ADMIN_PORT: port({ default: 9080, desc: 'admin HTTP port' }),
  ADMIN_HOST: str({ default: '127.0.0.1', desc: 'address of the admin listener' }),
  IDEMPOTENCY_KEY_HOURS: hours(24 * 365)({
    default: 24,
    desc: 'how long first answers are kept',
  }),
};

/**
 * The command service's environment, checked.
 *
 * @throws {ConfigurationError} naming every missing or bad variable
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env) {
  const env = readEnvironment(commandServiceSpecs, environment);
  return {
    ...eventWriterOf(env),
    auth: authOf(env),
    limits: limitsOf(env),
    http: { host: env.HTTP_HOST, port: env.SERVER_PORT },
    admin: { host: env.ADMIN_HOST, port: env.COMMAND_ADMIN_PORT },
    idempotency: { liveMs: env.IDEMPOTENCY_KEY_HOURS * hourMs, purgeEveryMs: 60_000 },
    tracing: tracingOf(env),
    metricsExport: metricsExportOf(env),
    logLevel: env.LOG_LEVEL,
  };
}

/**
 * The environment of `reemit`, checked. It has no listeners.
 *
 * @throws {ConfigurationError} naming every missing or bad variable
 */
export function readReemitConfig(environment: NodeJS.ProcessEnv = process.env) {
  return eventWriterOf(readEnvironment(eventWriterSpecs, environment));
}

/** The variables of the migrations. */
export const migrationSpecs = {
  ...serviceSpecs,
  ...topicSpecs,
  POSTGRES_USER: str({ desc: "the migration role, the database's owner" }),
  POSTGRES_PASSWORD: str({ desc: 'password of POSTGRES_USER' }),
  SERVICE_DB_CONNECTIONS: wholeNumber(
    1,
    10_000,
  )({
    default: 40,
    desc: 'connections of SERVICE_DB_USER at most: 16 a process, and old ones',
  }),
};

/**
 * The migration step's environment, checked.
 *
 * @throws {ConfigurationError} naming every missing or bad variable
 */
export function readMigrationConfig(environment: NodeJS.ProcessEnv = process.env) {
  const env = readEnvironment(migrationSpecs, environment);
  if (env.SERVICE_DB_USER === env.POSTGRES_USER) {
    throw new ConfigurationError([
      'SERVICE_DB_USER is POSTGRES_USER: the service needs a role of its own, it gets fewer rights',
    ]);
  }
  return {
    database: loginOf(env, env.POSTGRES_USER, env.POSTGRES_PASSWORD),
    topics: topicsOf(env),
    serviceRole: {
      name: env.SERVICE_DB_USER,
      password: env.SERVICE_DB_PASSWORD,
      connections: env.SERVICE_DB_CONNECTIONS,
    },
    logLevel: env.LOG_LEVEL,
  };
}

function eventWriterOf(env: EnvironmentOf<typeof eventWriterSpecs>) {
  return {
    database: loginOf(env, env.SERVICE_DB_USER, env.SERVICE_DB_PASSWORD),
    topics: topicsOf(env),
    failpoints: env.FAILPOINTS,
  };
}
