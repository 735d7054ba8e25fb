import { DatabaseError } from 'pg';
import { QueryFailedError } from 'typeorm';
import { Problem } from 'service-kit/problem';

/** The database cannot do it now. Nothing was changed; trying again later may help. */
export class DatabaseUnavailable extends Error {
  override name = 'DatabaseUnavailable';
}

/** The connection broke, so what the server did with the last statement is not known. */
export class ConnectionLost extends DatabaseUnavailable {
  override name = 'ConnectionLost';
}

/** The connection broke during COMMIT: the command happened as a whole or not at all. */
export class CommitUnconfirmed extends Error {
  override name = 'CommitUnconfirmed';
}

/**
 * SQLSTATEs, or their classes, that say "not now" and nothing about the statement.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const notNow = [
  '25006', // read-only: a standby answers during a failover, or nobody has accepted what was promoted
  '40001', // serialization failure
  '40P01', // deadlock
  '42P01', // no such table: not migrated yet
  '55000', // the outbox's check: set up for other topics, or restored under a running statement
  '53', // insufficient resources, such as too many connections
  '55P03', // lock timeout
  '57014', // statement timeout
];

/** SQLSTATEs after which the server closes the connection: shutdown, idle in transaction. */
const closing = ['08', '25P03', '57P'];

/**
 * Classifies the error of a failed statement.
 *
 * @param error as TypeORM threw it
 * @returns `DatabaseUnavailable`, `ConnectionLost`, or the error itself: a defect or a constraint
 */
export function statementError(error: unknown): unknown {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  if (!(cause instanceof DatabaseError)) {
    // node-postgres has no type for a broken or silent connection. These two types are defects of its callers.
    if (cause instanceof TypeError || cause instanceof RangeError) return cause;
    return new ConnectionLost('the connection to the database broke', { cause });
  }
  if (closing.some((state) => cause.code?.startsWith(state))) {
    return new ConnectionLost('the database closed the connection', { cause });
  }
  if (notNow.some((state) => cause.code?.startsWith(state))) {
    return new DatabaseUnavailable('the database cannot do it now', { cause });
  }
  return cause;
}

/** Whether the server refused the statement, for good or for now. Nothing was changed then. */
export function isRefused(error: unknown): boolean {
  const cause = error instanceof DatabaseUnavailable ? error.cause : error;
  return cause instanceof DatabaseError;
}

/** The problem that tells the client about a database error; undefined for other errors. */
export function databaseProblem(error: unknown): Problem | undefined {
  if (error instanceof CommitUnconfirmed) {
    return new Problem(
      503,
      'the database did not confirm the commit: look whether it happened before you repeat it; with the same Idempotency-Key it is safe to repeat',
      { code: 'commit-unknown', outcome: 'unknown' },
      { 'Retry-After': '2' },
    );
  }
  if (error instanceof DatabaseUnavailable) {
    return new Problem(
      503,
      'the database is not available; nothing was changed',
      { code: 'database-not-available' },
      { 'Retry-After': '2' },
    );
  }
  return undefined;
}
