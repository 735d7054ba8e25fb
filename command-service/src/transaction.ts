import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError, type PoolClient } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';
import { failpoint } from 'service-kit/failpoints';
import { type Sql, sqlOn, type Statement } from 'service-kit/sql';
import { inSpan, SpanKind } from 'service-kit/tracing';
import {
  CommitUnconfirmed,
  ConnectionLost,
  DatabaseUnavailable,
  statementError,
} from './database-errors';
import { failpoints } from './failpoints';

const beginWithinMs = 2_000;
const attributes = { 'db.system.name': 'postgresql' };

/** Runs statements that only read. Each sees what is committed when it starts. */
export function read<T>(dataSource: DataSource, work: (sql: Sql) => Promise<T>): Promise<T> {
  return withConnection(dataSource, ({ sql }) => work(sql));
}

/**
 * Runs a command that is one statement, which PostgreSQL commits by itself: one round trip, where
 * `inTransaction` takes two more. What it wrote is committed when this resolves.
 *
 * @throws what `work` threw; nothing is written when the statement threw it
 * @throws {CommitUnconfirmed} when nobody can tell whether it is committed
 * @throws when `work` runs a second statement: that would be a second transaction
 */
export function inStatement<T>(dataSource: DataSource, work: (sql: Sql) => Promise<T>): Promise<T> {
  return inSpan('transaction', SpanKind.CLIENT, attributes, () => statementOf(dataSource, work));
}

async function statementOf<T>(dataSource: DataSource, work: (sql: Sql) => Promise<T>): Promise<T> {
  const result = await withConnection(dataSource, async ({ sql }) => {
    const done = await work(oneOf(sql));
    await failpoint(failpoints.committed);
    return done;
  });
  await failpoint(failpoints.connectionReleased);
  return result;
}

/**
 * Runs a command of several statements: all that `work` writes is committed when this resolves.
 *
 * @throws what `work` threw; nothing is written then
 * @throws {CommitUnconfirmed} when nobody can tell whether it is committed
 */
export function inTransaction<T>(
  dataSource: DataSource,
  work: (sql: Sql) => Promise<T>,
): Promise<T> {
  return inSpan('transaction', SpanKind.CLIENT, attributes, () => commitOf(dataSource, work));
}

async function commitOf<T>(dataSource: DataSource, work: (sql: Sql) => Promise<T>): Promise<T> {
  const result = await withConnection(dataSource, async ({ runner, sql }) => {
    await begin(runner);
    const done = await work(sql).catch(async (error: unknown) => {
      await rollback(runner, error);
      throw error;
    });
    await commit(runner);
    await failpoint(failpoints.committed);
    return done;
  });
  await failpoint(failpoints.connectionReleased);
  return result;
}

interface Connection {
  readonly runner: QueryRunner;
  /**
   * Runs a statement on the driver directly, because TypeORM's `query` cannot prepare one.
   *
   * @throws {DatabaseUnavailable} when another attempt may succeed
   */
  readonly sql: Sql;
}

async function withConnection<T>(
  dataSource: DataSource,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  if (!dataSource.isInitialized) throw new DatabaseUnavailable('not connected since the start');
  const runner = dataSource.createQueryRunner();
  const client = await connect(runner);
  try {
    await failpoint(failpoints.connectionTaken);
    return await work({ runner, sql: sqlOn(client, statementError) });
  } catch (error) {
    // After a timeout, the client may still be in its transaction: its next user would commit this one's half. Ending
    // the client removes it from the pool.
    if (error instanceof ConnectionLost || error instanceof CommitUnconfirmed) void client.end();
    throw error;
  } finally {
    await runner.release();
  }
}

async function connect(runner: QueryRunner): Promise<PoolClient> {
  try {
    return (await runner.connect()) as PoolClient;
  } catch (cause) {
    throw new DatabaseUnavailable('no connection to the database', { cause });
  }
}

/**
 * Runs the first statement. Only a refusal by the server says that it is not committed: a connection that breaks
 * under it, or rows that cannot be read, leave that open.
 */
function oneOf(sql: Sql): Sql {
  let statements = 0;
  return async <Row>(statement: Statement): Promise<Row[]> => {
    if (++statements > 1) throw new Error('a second statement would be a second transaction');
    try {
      return await sql<Row>(statement);
    } catch (error) {
      const refused = error instanceof DatabaseError || error instanceof DatabaseUnavailable;
      if (refused && !(error instanceof ConnectionLost)) throw error;
      throw new CommitUnconfirmed('the statement was not confirmed', { cause: error });
    }
  };
}

/** BEGIN does no work, so a server that takes long for it hangs: the client stops waiting. */
async function begin(runner: QueryRunner): Promise<void> {
  const silence = new AbortController();
  try {
    await Promise.race([
      runner.startTransaction(),
      sleep(beginWithinMs, undefined, { signal: silence.signal }).then(() => {
        throw new Error(`no answer within ${beginWithinMs} ms`);
      }),
    ]);
    await failpoint(failpoints.transactionBegun);
  } catch (error) {
    throw statementError(error);
  } finally {
    silence.abort();
  }
}

async function rollback(runner: QueryRunner, reason: unknown): Promise<void> {
  if (reason instanceof ConnectionLost) return;
  try {
    await runner.rollbackTransaction();
  } catch (cause) {
    throw new ConnectionLost('the rollback was not confirmed', { cause });
  }
}

async function commit(runner: QueryRunner): Promise<void> {
  if (runner.isReleased) throw new ConnectionLost('the connection broke before the commit');
  try {
    await runner.commitTransaction();
  } catch (error) {
    const meaning = statementError(error);
    // When the server refuses, it has rolled back; when the connection is lost, that is not certain.
    if (!(meaning instanceof ConnectionLost)) throw meaning;
    throw new CommitUnconfirmed('the commit was not confirmed', { cause: meaning });
  }
}
