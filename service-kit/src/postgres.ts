import type { ConnectionOptions } from 'node:tls';
import { Client, type ClientConfig, Pool, types } from 'pg';

/** How the server's certificate is looked at. */
export type PostgresTls = Pick<
  ConnectionOptions,
  'ca' | 'rejectUnauthorized' | 'checkServerIdentity'
>;

/** Where a PostgreSQL database is, and who asks. */
export interface Login {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** Left out or false: plain text. */
  readonly ssl?: PostgresTls | false;
}

/** What a connection is for. Times are milliseconds; left out: the server ends nothing. */
export interface Session {
  /** As pg_stat_activity shows it. */
  readonly applicationName: string;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs?: number;
  readonly lockTimeoutMs?: number;
  readonly idleInTransactionTimeoutMs?: number;
  /** Ends the wait for a server that says nothing; the server itself enforces the other times. */
  readonly queryTimeoutMs?: number;
  /** Whether its transactions may only read, unless they say otherwise. */
  readonly readOnly?: boolean;
  /** Where names without a schema are looked up and created; `public` when left out. */
  readonly schema?: string;
  /** Whether 64-bit integers and sums of them are read as numbers: what may be beyond 2^53 is selected as text then. */
  readonly numbers?: boolean;
}

/**
 * What the SQL of this repository relies on. `ALTER ROLE … SET`, `ALTER DATABASE … SET` and postgresql.conf can change each of
 * these for a session; what the client states as it connects wins over all of them.
 *
 * Not pinned is `default_transaction_read_only`: an operator who sets it wants nothing to be written, and readiness tells.
 */
const pinned: Readonly<Record<string, string>> = {
  // How values are written and read: the driver parses them, events are made of them.
  DateStyle: 'ISO,MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
  // What a statement means.
  search_path: 'public,pg_temp',
  role: 'none',
  row_security: 'on',
  standard_conforming_strings: 'on',
  transform_null_equals: 'off',
  array_nulls: 'on',
  // What a transaction guarantees. An Idempotency-Key's second statement sees what others have committed since the first.
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  synchronous_commit: 'on',
  // What ends a session.
  exit_on_error: 'off',
  idle_session_timeout: '0',
  transaction_timeout: '0',
  // How set-up stores passwords.
  password_encryption: 'scram-sha-256',
};

/** What makes node-postgres, or TypeORM's `extra`, open connections whose settings nobody else decides. */
export function sessionConfig(session: Session): ClientConfig {
  const settings = {
    ...pinned,
    ...(session.schema !== undefined && { search_path: `${session.schema},pg_temp` }),
    statement_timeout: String(session.statementTimeoutMs ?? 0),
    lock_timeout: String(session.lockTimeoutMs ?? 0),
    idle_in_transaction_session_timeout: String(session.idleInTransactionTimeoutMs ?? 0),
    ...(session.readOnly === true && { default_transaction_read_only: 'on' }),
  };
  return {
    application_name: session.applicationName,
    connectionTimeoutMillis: session.connectTimeoutMs,
    ...(session.queryTimeoutMs !== undefined && { query_timeout: session.queryTimeoutMs }),
    ...(session.numbers === true && { types: asNumbers }),
    // In the startup packet: no round trip, and RESET goes back to these.
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

/** One connection, to be connected. The statement under way fails when it breaks; between two, nothing does. */
export function createClient(login: Login, session: Session): Client {
  const client = new Client({ ...login, ...sessionConfig(session) });
  client.on('error', () => undefined);
  return client;
}

/**
 * A pool. An idle connection that breaks is no failure: the next query opens another, or says why not. One that breaks
 * while it is held, between two statements, fails the next statement.
 */
export function createPool(login: Login, session: Session & { readonly max: number }): Pool {
  const pool = new Pool({ ...login, ...sessionConfig(session), max: session.max });
  pool.on('error', () => undefined);
  // The pool listens to idle connections only: without a listener, a held one that breaks would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
