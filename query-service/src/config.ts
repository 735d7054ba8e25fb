import { num, port, str, url } from 'envalid';
import { defaultTopics } from 'contracts/topics';
import { authOf, authSpecs } from 'service-kit/auth-config';
import { readEnvironment } from 'service-kit/environment';
import { limitSpecs, limitsOf } from 'service-kit/limits';
import { tracingOf, tracingSpecs } from 'service-kit/tracing';

export type Config = ReturnType<typeof readConfig>;

/**
 * The query service's environment, checked.
 *
 * @throws {ConfigurationError} naming every missing or bad variable
 */
export function readConfig() {
  const env = readEnvironment(
    {
      ...authSpecs,
      ...limitSpecs,
      ...tracingSpecs,
      QUERY_SERVER_PORT: port({ default: 8081, desc: 'public HTTP port' }),
      HTTP_HOST: str({ default: '0.0.0.0', desc: 'address of the public listener' }),
      QUERY_ADMIN_PORT: port({ default: 9081, desc: 'admin HTTP port' }),
      ADMIN_HOST: str({ default: '127.0.0.1', desc: 'address of the admin listener' }),
      KAFKA_BOOTSTRAP_SERVERS: str({
        default: 'kafka:9092',
        desc: 'host:port of brokers, joined by commas',
      }),
      KAFKA_STREAMS_APP_ID: str({
        default: 'ecommerce-analytics',
        desc: "the consumer group's prefix",
      }),
      REPLICA_ID: str({ default: '1', desc: 'this full copy; its own consumer group' }),
      PRODUCT_TOPIC: str({ default: defaultTopics.product, desc: 'topic of product events' }),
      ORDER_TOPIC: str({ default: defaultTopics.order, desc: 'topic of order events' }),
      WATERMARK_TOPIC: str({ default: defaultTopics.watermark, desc: "the relay's sign of life" }),
      QUERY_DATA_DIR: str({ default: '/var/lib/query-service', desc: 'folder of the views' }),
      MAX_PARKED_RUN: num({
        default: 100,
        desc: 'unreadable events in a row before consumption halts',
      }),
      RELAY_KEEPER_URL: url({
        default: 'http://relay-keeper:8084',
        desc: 'the relay keeper, which knows the hops before this service',
      }),
      LOG_LEVEL: str({ default: 'info', desc: 'pino level' }),
      FAILPOINTS: str({ default: '', desc: 'for tests: name=action,…' }),
    },
    process.env,
  );
  return {
    auth: authOf(env),
    limits: limitsOf(env),
    http: { host: env.HTTP_HOST, port: env.QUERY_SERVER_PORT },
    admin: { host: env.ADMIN_HOST, port: env.QUERY_ADMIN_PORT },
    kafka: {
      brokers: env.KAFKA_BOOTSTRAP_SERVERS.split(','),
      groupId: `${env.KAFKA_STREAMS_APP_ID}-${env.REPLICA_ID}`,
      eventTopics: [env.PRODUCT_TOPIC, env.ORDER_TOPIC],
      watermarkTopic: env.WATERMARK_TOPIC,
    },
    dataFolder: env.QUERY_DATA_DIR,
    relayKeeperUrl: env.RELAY_KEEPER_URL,
    maxParkedRun: env.MAX_PARKED_RUN,
    tracing: tracingOf(env),
    logLevel: env.LOG_LEVEL,
    failpoints: env.FAILPOINTS,
  };
}
