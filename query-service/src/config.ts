import { bool, port, str, url } from 'envalid';
import { type RunBy, runBys } from 'contracts/commands';
import { connectionOf, connectionSpecs } from 'kafka-client/connection';
import { authOf, authSpecs } from 'service-kit/auth-config';
import { daySeconds, readEnvironment, wholeNumber } from 'service-kit/environment';
import { limitSpecs, limitsOf } from 'service-kit/limits';
import { metricsExportOf, metricsExportSpecs } from 'service-kit/metrics-export';
import { topicSpecs, topicsOf, watermarkSpecs } from 'service-kit/topics';
import { tracingOf, tracingSpecs } from 'service-kit/tracing';
import { viewsDatabaseSpecs, viewsLoginOf } from './views-database';

export type Config = ReturnType<typeof readConfig>;

/** Where views may be kept. */
const viewStoreNames = ['sqlite', 'postgres'] as const;
type ViewStoreName = (typeof viewStoreNames)[number];

/** The variables of the query service. */
export const queryServiceSpecs = {
  ...authSpecs,
  ...limitSpecs,
  ...tracingSpecs,
  ...metricsExportSpecs,
  QUERY_SERVER_PORT: port({ default: 8081, desc: 'public HTTP port' }),
  HTTP_HOST: str({ default: '0.0.0.0', desc: 'address of the public listener' }),
  QUERY_ADMIN_PORT: port({ default: 9081, desc: 'admin HTTP port' }),
  ADMIN_HOST: str({ default: '127.0.0.1', desc: 'address of the admin listener' }),
  ...connectionSpecs,
  KAFKA_STREAMS_APP_ID: str({
    default: 'ecommerce-analytics',
    desc: "the consumer group's prefix",
  }),
  REPLICA_ID: str({
    default: '1',
    desc: 'with VIEW_STORE=sqlite: this full copy; its own consumer group',
  }),
  VIEW_STORE: str<ViewStoreName>({
    choices: viewStoreNames,
    default: 'sqlite',
    desc: 'where views are kept: sqlite (a full copy in each process) or postgres (one, which members share)',
  }),
  ...viewsDatabaseSpecs,
  ...topicSpecs,
  ...watermarkSpecs,
  QUERY_DATA_DIR: str({ default: '/var/lib/query-service', desc: 'folder of the views' }),
  MAX_PARKED_RUN: wholeNumber(
    0,
    1_000_000,
  )({
    default: 100,
    desc: 'unreadable events in a row before consumption halts',
  }),
  // A watermark comes every second, so a bound below two seconds would make fresh answers stale.
  VIEWS_STALE_AFTER_SECONDS: wholeNumber(
    2,
    daySeconds,
  )({
    default: 10,
    desc: 'answers whose As-Of is older say stale',
  }),
  RELAY_KEEPER_URL: url({
    default: 'http://relay-keeper:8084',
    desc: 'the relay keeper, which knows the hops before this service',
  }),
  COMMAND_SERVICE_URL: url({
    default: 'http://command-service:8080',
    desc: 'the command service, whose orders and products the dashboard shows to operators',
  }),
  DASHBOARD_FOR_OPERATORS: bool({
    default: false,
    desc: 'whether the dashboard shows orders and acts: with AUTH_MODE=none for whoever reaches the public port',
  }),
  RUN_BY: str<RunBy>({ choices: runBys, default: 'npm', desc: 'how the system is run' }),
  LOG_LEVEL: str({ default: 'info', desc: 'pino level' }),
  FAILPOINTS: str({ default: '', desc: 'for tests: name=action,…' }),
};

/**
 * The query service's environment, checked.
 *
 * @throws {ConfigurationError} naming every missing or bad variable
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env) {
  const env = readEnvironment(queryServiceSpecs, environment);
  return {
    auth: authOf(env),
    limits: limitsOf(env),
    http: { host: env.HTTP_HOST, port: env.QUERY_SERVER_PORT },
    admin: { host: env.ADMIN_HOST, port: env.QUERY_ADMIN_PORT },
    kafka: {
      ...connectionOf(env),
      // Members are in one group, each full copy is in its own.
      groupId: `${env.KAFKA_STREAMS_APP_ID}-${env.VIEW_STORE === 'postgres' ? 'members' : env.REPLICA_ID}`,
      topics: topicsOf(env),
      watermarkTopic: env.WATERMARK_TOPIC,
    },
    views:
      env.VIEW_STORE === 'sqlite'
        ? ({ store: 'sqlite', folder: env.QUERY_DATA_DIR } as const)
        : ({ store: 'postgres', login: viewsLoginOf(env) } as const),
    relayKeeperUrl: env.RELAY_KEEPER_URL,
    isForOperators: env.DASHBOARD_FOR_OPERATORS,
    neighbours: {
      commands: { name: 'the command service', url: env.COMMAND_SERVICE_URL },
      keeper: { name: 'the relay keeper', url: env.RELAY_KEEPER_URL },
    },
    runBy: env.RUN_BY,
    bounds: {
      maxParkedRun: env.MAX_PARKED_RUN,
      staleAfterSeconds: env.VIEWS_STALE_AFTER_SECONDS,
    },
    tracing: tracingOf(env),
    metricsExport: metricsExportOf(env),
    logLevel: env.LOG_LEVEL,
    failpoints: env.FAILPOINTS,
  };
}
