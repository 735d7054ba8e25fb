import { checkServerIdentity } from 'node:tls';
import { port, str } from 'envalid';
import { ConfigurationError, type EnvironmentOf } from './environment';
import type { Login, PostgresTls } from './postgres';

/** How a client sees to it that it speaks to the right server; libpq's names, without those that fall back to plain text. */
export const sslModes = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof sslModes)[number];

/** The variables of every process that logs in to PostgreSQL. */
export const databaseSpecs = {
  DB_HOST: str({ default: 'db', desc: "PostgreSQL's host" }),
  DB_PORT: port({ default: 5432, desc: "PostgreSQL's port" }),
  POSTGRES_DB: str({ default: 'analytics_db', desc: 'the database' }),
  DB_SSLMODE: str<SslMode>({
    choices: sslModes,
    default: 'disable',
    desc: 'TLS to PostgreSQL: disable, require (any certificate), verify-ca or verify-full',
  }),
  DB_SSL_CA: str({ default: '', desc: 'certificate of the authority, PEM, that verify-… takes' }),
};

type DatabaseEnvironment = EnvironmentOf<typeof databaseSpecs>;

/**
 * A login, from an environment that was read with `databaseSpecs`.
 *
 * @param prefix of the names of its variables, where they are another database's
 * @throws {ConfigurationError} when the authority is missing whose certificates are to be verified
 */
export function loginOf(
  env: DatabaseEnvironment,
  user: string,
  password: string,
  prefix = '',
): Login {
  const { DB_HOST: host, DB_PORT: port, POSTGRES_DB: database } = env;
  return { host, port, database, user, password, ssl: tlsOf(env, prefix) };
}

function tlsOf(
  { DB_HOST: host, DB_SSLMODE: mode, DB_SSL_CA: ca }: DatabaseEnvironment,
  prefix: string,
): PostgresTls | false {
  if (mode === 'disable') return false;
  if (mode === 'require') return { rejectUnauthorized: false };
  if (ca === '')
    throw new ConfigurationError([
      `${prefix}DB_SSL_CA is missing: ${prefix}DB_SSLMODE=${mode} needs it`,
    ]);
  if (mode === 'verify-ca') return { ca, checkServerIdentity: () => undefined };
  // Check against the name that we connect to: for an IP address the driver passes no name, and Node.js would check
  // `localhost`.
  return { ca, checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate) };
}
