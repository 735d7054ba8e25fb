import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { createPool, type Login } from 'service-kit/postgres';
import { type Sql, sqlOn } from 'service-kit/sql';
import { StoreAway } from '../store-away';
import { orTotalTooLarge } from './totals';

type Pool = ReturnType<typeof createPool>;

/** A database that others share with this member. */
export interface ViewsDatabase {
  readonly login: Login;
  /** The schema with the views. */
  readonly schema: string;
  /** READ COMMITTED when left out, which is all that steps need: they are written upon the basis that they compare. */
  readonly isolation?: 'SERIALIZABLE';
}

/** The most connections of a member: some for reading, one or two for writing. */
const mostConnections = 6;

/**
 * How long a member that is frozen within a transaction can hold up the one that took over its partition, in
 * milliseconds.
 */
const idleInTransactionTimeoutMs = 2_000;

/** A wait for a row that lasts longer is for such a frozen member. */
const lockTimeoutMs = 10_000;

/** `serialization_failure` and `deadlock_detected`: nothing was written, and the same may be tried again. */
const transient: readonly unknown[] = ['40001', '40P01'];
const mostTries = 10;

/** Connections to the schema of one set of views. */
export class Database {
  /** Statements outside of a transaction. */
  readonly sql: Sql;
  private readonly pool: Pool;
  private readonly isolation: string;

  constructor({ login, schema, isolation }: ViewsDatabase) {
    this.isolation = isolation ?? 'READ COMMITTED';
    this.pool = createPool(login, {
      applicationName: 'query-service',
      connectTimeoutMs: 10_000,
      max: mostConnections,
      schema,
      numbers: true,
      idleInTransactionTimeoutMs,
      lockTimeoutMs,
    });
    this.sql = sqlOn(this.pool, (error) => (isAway(error) ? new StoreAway(error) : error));
  }

  /**
   * Works in one transaction, which is tried again when PostgreSQL says that this helps.
   *
   * @param beforeCommit called when all is written
   */
  async transaction<T>(
    work: (sql: Sql) => Promise<T>,
    beforeCommit: () => Promise<void> | undefined = () => undefined,
  ): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.once(work, beforeCommit);
      } catch (error) {
        const isTransient = transient.includes((error as { code?: unknown }).code);
        if (!isTransient || tries === mostTries) throw orTotalTooLarge(error);
        // A random wait keeps two transactions from meeting again.
        await wait(Math.random() * 10 * tries);
      }
    }
  }

  /** Opens a connection for the caller, in a transaction that sees one instant. The caller ends it. */
  async snapshot(): Promise<{ sql: Sql; end: () => void }> {
    const client = await this.pool.connect();
    const sql = sqlOn(client);
    try {
      await sql({
        name: 'begin-snapshot',
        text: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
      });
      // No idle limit here: a client that reads slowly holds no lock that others wait for.
      await sql({
        name: 'keep-snapshot',
        text: 'SET LOCAL idle_in_transaction_session_timeout = 0',
      });
    } catch (error) {
      client.release(true);
      throw error;
    }
    // The connection is closed, not returned to the pool, because its state is unknown.
    return { sql, end: () => client.release(true) };
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private async once<T>(
    work: (sql: Sql) => Promise<T>,
    beforeCommit: () => Promise<void> | undefined,
  ): Promise<T> {
    const client = await this.pool.connect();
    const sql = sqlOn(client);
    let isBroken = true;
    try {
      await sql({ name: 'begin', text: `BEGIN ISOLATION LEVEL ${this.isolation}` });
      const result = await work(sql);
      await beforeCommit();
      await sql({ name: 'commit', text: 'COMMIT' });
      isBroken = false;
      return result;
    } catch (error) {
      isBroken = await sql({ name: 'rollback', text: 'ROLLBACK' }).then(
        () => false,
        () => true,
      );
      throw error;
    } finally {
      client.release(isBroken);
    }
  }
}

/** Whether the server said nothing, or that it takes no statements now: it stops, starts, or has no connection left. */
function isAway(error: unknown): boolean {
  const { severity, code } = error as { severity?: unknown; code?: unknown };
  // Only what the server says has a severity.
  return severity === undefined || /^(08|53|57)/.test(String(code));
}

const names = new Map<string, string>();

/** The name of a generated statement: the same text has the same name. */
export function nameOf(what: string, text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = `${what}-${createHash('md5').update(text).digest('hex').slice(0, 12)}`;
    names.set(text, name);
  }
  return name;
}
