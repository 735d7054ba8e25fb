import { setTimeout as sleep } from 'node:timers/promises';
import { type Pool, types } from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver';
import type { Logger } from 'service-kit/logger';
import { type Login, type Session, sessionConfig } from 'service-kit/postgres';
import { isRefusedByPostgres, Refusals } from 'service-kit/refusals';
import type { Sql } from 'service-kit/sql';
import { inStatement, inTransaction, read } from './transaction';

/** Connections of the pool, and requests that wait for one. */
interface PoolCounts {
  readonly used: number;
  readonly idle: number;
  readonly waiting: number;
}

/** The access to PostgreSQL that commands and queries of this service use. */
export interface Database {
  /** Runs statements outside a transaction, on one connection. */
  read<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Commits the one statement that `work` runs, or nothing of it, in a single round trip. */
  statement<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** Commits everything that `work` did, or nothing. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** The pool's connections at this moment. */
  connections(): PoolCounts;
  /** Waits for what is under way and closes every connection. */
  close(): Promise<void>;
}

const connectEveryMs = 500;
/**
 * The most connections of the pool. Commits at the same time share one flush of the WAL, which helps on a slow disk;
 * but each connection is another PostgreSQL process that competes for its cores. PostgreSQL's default limit is 100.
 */
export const poolSize = 16;

/**
 * Opens the pool, and keeps trying in the background while the database is away.
 * Until then, and whenever it is away later, every use throws `DatabaseUnavailable`.
 */
export function openDatabase(login: Login, logger: Logger): Database {
  const dataSource = new DataSource(serviceOptions(login, logger));
  const closing = new AbortController();
  const connecting = connect(dataSource, logger, closing.signal);
  return {
    read: (work) => read(dataSource, work),
    statement: (work) => inStatement(dataSource, work),
    transaction: (work) => inTransaction(dataSource, work),
    connections: () => countsOf(dataSource),
    close: async () => {
      closing.abort();
      await connecting;
      if (dataSource.isInitialized) await dataSource.destroy();
    },
  };
}

/** The options of the service's pool: they limit each wait for a connection, a lock, a statement or a lost server. */
function serviceOptions(login: Login, logger: Logger): DataSourceOptions {
  return {
    ...baseOptions(login, {
      applicationName: 'command-service',
      // Limits the wait for a free connection of the pool, and the time to open a new one.
      connectTimeoutMs: 2_000,
      // Limits the wait for each lock. A contended row takes two locks: a place in its queue, then the row.
      lockTimeoutMs: 2_000,
      statementTimeoutMs: 5_000,
      // A process that hangs between two statements must not hold row locks for ever.
      idleInTransactionTimeoutMs: 15_000,
      queryTimeoutMs: 6_000,
    }),
    poolSize,
    poolErrorHandler: (error: unknown) => logger.warn({ err: error }, 'lost an idle connection'),
  };
}

/**
 * The options of a program that does one thing and ends. Its waits for locks are longer than the service's, but
 * limited.
 */
export function oneShotOptions(login: Login, applicationName: string): DataSourceOptions {
  return {
    ...baseOptions(login, {
      applicationName,
      connectTimeoutMs: 5_000,
      lockTimeoutMs: 10_000,
      statementTimeoutMs: 60_000,
    }),
    poolSize: 1,
  };
}

/** What the service's and the migrations' data source share. Tables change by migrations only. */
export function baseOptions(login: Login, session: Session) {
  return {
    type: 'postgres' as const,
    host: login.host,
    port: login.port,
    database: login.database,
    username: login.user,
    password: login.password,
    ssl: login.ssl ?? false,
    synchronize: false,
    installExtensions: false,
    logging: false,
    applicationName: session.applicationName,
    connectTimeoutMS: session.connectTimeoutMs,
    extra: { ...sessionConfig(session), types: { getTypeParser }, keepAlive: true },
  };
}

function countsOf(dataSource: DataSource): PoolCounts {
  if (!dataSource.isInitialized) return { used: 0, idle: 0, waiting: 0 };
  const pool = (dataSource.driver as PostgresDriver).master as Pool;
  const { totalCount, idleCount, waitingCount } = pool;
  return { used: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
}

async function connect(
  dataSource: DataSource,
  logger: Logger,
  closing: AbortSignal,
): Promise<void> {
  const refusals = new Refusals(isRefusedByPostgres);
  let said = '';
  while (!closing.aborted) {
    try {
      await dataSource.initialize();
      logger.info('connected to the database');
      return;
    } catch (error) {
      const { message } = error as Error;
      // Once, for as long as it stays the same.
      if (message !== said) logger.warn({ err: error }, 'cannot connect to the database yet');
      said = message;
      const pauseMs = Math.max(connectEveryMs, refusals.note(error));
      await sleep(pauseMs, undefined, { signal: closing }).catch(() => undefined);
    }
  }
}

const int8: number = types.builtins.INT8;

/** bigint as a number: ids and cents are at most 2^53 - 1 by their columns' definitions. */
function getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (oid === int8) return safeInteger;
  return types.getTypeParser(oid, format) as (text: string) => unknown;
}

function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint ${text} is beyond 2^53 - 1`);
  return value;
}
