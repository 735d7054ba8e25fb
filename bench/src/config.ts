/** The environment that the benchmarks' processes start from: this one's, without the stack's own names. */
export function baseEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !ofTheStack.test(name));
  return { ...Object.fromEntries(kept), LOG_LEVEL: 'info', NODE_ENV: 'production' };
}

/** What somebody has exported for a stack of his own must not change what is measured here. */
const ofTheStack =
  /^(DB_|POSTGRES_|SERVICE_DB_|RELAY_|AUDIT_DB_|KAFKA_|CONNECT_|QUERY_|COMMAND_|SERVER_PORT|TOPIC_|PRODUCT_TOPIC|ORDER_TOPIC|WATERMARK_TOPIC|REPLICA_ID|LOCAL_DIR|HTTP_HOST|ADMIN_HOST|FAILPOINTS|[A-Z_]+_ENV_)/;
