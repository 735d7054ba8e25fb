import { str } from 'envalid';
import { type RunBy, runBys } from 'contracts/commands';
import type { Topics } from 'contracts/topics';
import { connectionOf, connectionSpecs, type KafkaConnection } from 'kafka-client/connection';
import { adminHeadersOf, adminTokenSpecs } from 'service-kit/admin-token';
import { databaseSpecs, loginOf } from 'service-kit/database-login';
import { type EnvironmentOf, readEnvironment } from 'service-kit/environment';
import type { Login } from 'service-kit/postgres';
import { topicSpecs, topicsOf } from 'service-kit/topics';
import type { Replica } from './replica';

/** The variables of every comparison with PostgreSQL, here and in the relay keeper. */
export const auditSpecs = {
  ...databaseSpecs,
  ...adminTokenSpecs,
  AUDIT_DB_USER: str({ default: 'auditor', desc: 'the role that compares: it may only read' }),
  AUDIT_DB_PASSWORD: str({ desc: "the audit role's password" }),
  QUERY_ADMIN_URLS: str({
    default: 'http://127.0.0.1:9081',
    desc: 'admin listeners of all replicas of the query service, joined by commas',
  }),
  RUN_BY: str<RunBy>({ choices: runBys, default: 'npm', desc: 'how the system is run' }),
};

/** The variables of `explain`, which also reads the topics. */
export const explainSpecs = { ...auditSpecs, ...connectionSpecs, ...topicSpecs };

export interface AuditConfig {
  readonly database: Login;
  readonly replicas: readonly Replica[];
  /** Whether repair commands are printed for npm or for docker compose. */
  readonly runBy: RunBy;
}

export interface ExplainConfig extends AuditConfig {
  readonly kafka: KafkaConnection;
  readonly topics: Topics;
}

/** @throws {ConfigurationError} naming every missing and bad variable */
export function readAuditConfig(environment: NodeJS.ProcessEnv = process.env): AuditConfig {
  return auditOf(readEnvironment(auditSpecs, environment));
}

/** @throws {ConfigurationError} naming every missing and bad variable */
export function readExplainConfig(environment: NodeJS.ProcessEnv = process.env): ExplainConfig {
  const env = readEnvironment(explainSpecs, environment);
  return { ...auditOf(env), kafka: connectionOf(env), topics: topicsOf(env) };
}

/** Makes the configuration from an environment that was read with `auditSpecs`. */
export function auditOf(env: EnvironmentOf<typeof auditSpecs>): AuditConfig {
  const headers = adminHeadersOf(env);
  return {
    database: loginOf(env, env.AUDIT_DB_USER, env.AUDIT_DB_PASSWORD),
    replicas: env.QUERY_ADMIN_URLS.split(',').map((url) => ({ url, headers })),
    runBy: env.RUN_BY,
  };
}
