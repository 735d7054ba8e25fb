import type { ConnectionOptions } from 'node:tls';
import { Client, type ClientConfig, Pool, types } from 'pg';

/** How the server's certificate is verified. */
export type PostgresTls = Pick<
  ConnectionOptions,
  'ca' | 'rejectUnauthorized' | 'checkServerIdentity'
>;

/** The address of a PostgreSQL database, and the user who logs in. */
export interface Login {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** When it is left out or false, the connection is plain text. */
  readonly ssl?: PostgresTls | false;
}

/** The settings of a connection. Times are milliseconds; a limit that is left out does not apply. */
export interface Session {
  /** The name in pg_stat_activity. */
  readonly applicationName: string;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs?: number;
  readonly lockTimeoutMs?: number;
  readonly idleInTransactionTimeoutMs?: number;
  /** The client's own limit, for a server that says nothing; the server itself enforces the other limits. */
  readonly queryTimeoutMs?: number;
  /** Whether its transactions may only read, unless they say otherwise. */
  readonly readOnly?: boolean;
  /** The schema of names without one; `public` when left out. */
  readonly schema?: string;
  /** Whether its commits wait for no standby, where others do: what it writes may be lost with a failover. */
  readonly isLocal?: boolean;
  /** Whether it speaks the replication protocol: only text that is not prepared. */
  readonly replication?: boolean;
  /**
   * Whether 64-bit integers and their sums are read as numbers; values that may be beyond 2^53 must then be selected as
   * text.
   */
  readonly numbers?: boolean;
}

/**
 * What the SQL of this repository relies on. `ALTER ROLE … SET`, `ALTER DATABASE … SET` and postgresql.conf can change each of
 * these for a session; what the client states as it connects wins over all of them.
 *
 * Not pinned is `default_transaction_read_only`: an operator who sets it wants nothing to be written, and readiness tells; nor
 * `transaction_timeout`: before version 17 no server knows it, and each refuses a connection that names what it does not know.
 */
const pinned: Readonly<Record<string, string>> = {
  // The text form of values: the driver parses them, and events contain them.
  DateStyle: 'ISO,MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
  // Settings that change the meaning of a statement.
  search_path: 'public,pg_temp',
  role: 'none',
  row_security: 'on',
  standard_conforming_strings: 'on',
  transform_null_equals: 'off',
  array_nulls: 'on',
  // Settings that change what a transaction guarantees. An Idempotency-Key's second statement must see what others have
  // committed since the first.
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  synchronous_commit: 'on',
  // Settings that end a session.
  exit_on_error: 'off',
  idle_session_timeout: '0',
  // The form in which set-up stores passwords.
  password_encryption: 'scram-sha-256',
};

/** Options for node-postgres, or TypeORM's `extra`, that pin the settings of a connection. */
export function sessionConfig(session: Session): ClientConfig {
  const settings = {
    ...pinned,
    ...(session.schema !== undefined && { search_path: `${session.schema},pg_temp` }),
    statement_timeout: String(session.statementTimeoutMs ?? 0),
    lock_timeout: String(session.lockTimeoutMs ?? 0),
    idle_in_transaction_session_timeout: String(session.idleInTransactionTimeoutMs ?? 0),
    ...(session.readOnly === true && { default_transaction_read_only: 'on' }),
    ...(session.isLocal === true && { synchronous_commit: 'local' }),
  };
  return {
    application_name: session.applicationName,
    connectionTimeoutMillis: session.connectTimeoutMs,
    ...(session.queryTimeoutMs !== undefined && { query_timeout: session.queryTimeoutMs }),
    ...(session.replication === true && { replication: 'database' }),
    ...(session.numbers === true && { types: asNumbers }),
    // Sent in the startup packet: this costs no round trip, and RESET goes back to these values.
    options: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value.replaceAll(' ', '\\ ')}`)
      .join(' '),
  };
}

const integersOf64Bits: readonly number[] = [types.builtins.INT8, types.builtins.NUMERIC];

const asNumbers: NonNullable<ClientConfig['types']> = {
  getTypeParser: (...[oid, format]: Parameters<typeof types.getTypeParser>) =>
    integersOf64Bits.includes(oid) ? Number : (types.getTypeParser(oid, format) as unknown),
};

/** Makes a client, not connected yet. When its connection breaks, the running statement fails, or else the next one. */
export function createClient(login: Login, session: Session): Client {
  const client = new Client({ ...login, ...sessionConfig(session) });
  client.on('error', () => undefined);
  return client;
}

/** Runs `work` on a connection of its own. */
export async function withClient<T>(
  login: Login,
  session: Session,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = createClient(login, session);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * Makes a pool. When an idle connection breaks, the next query opens another one. When a held connection breaks between
 * two statements, the next statement fails.
 */
export function createPool(login: Login, session: Session & { readonly max: number }): Pool {
  const pool = new Pool({ ...login, ...sessionConfig(session), max: session.max });
  pool.on('error', () => undefined);
  // The pool listens to idle connections only: without a listener, a held one that breaks would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
