import { Database, OPEN_CREATE, OPEN_READONLY, OPEN_READWRITE, Statement } from 'sqlite3';
import type { Parameter } from '../sql';
import { StorageFault } from '../storage-fault';

/** The cache holds a transaction's pages, so that none is written twice, or read again by the next one. */
const writerCacheKiB = 16_000;

/** A checkpoint after 16 MiB of log: pages that change often are written into the database once for all of it. */
const pagesPerCheckpoint = 4_000;

/**
 * One connection to a SQLite file, with promises and prepared statements that are kept.
 * sqlite3 runs the calls of one connection one after another, off the event loop.
 */
export class Connection {
  /** Prepared statements by their SQL. The values are promises, so that two simultaneous callers share a new one. */
  private readonly statements = new Map<string, Promise<Statement>>();

  private constructor(
    private readonly file: string,
    private readonly database: Database,
  ) {}

  /** Opens a file for reading and writing, and creates it when it does not exist. */
  static async openWriter(file: string): Promise<Connection> {
    const connection = await Connection.open(file, OPEN_READWRITE | OPEN_CREATE);
    // WAL with synchronous=NORMAL loses the last transactions in a power cut, never half of one:
    // the offsets are lost together with what they stand for, and Kafka still has the events.
    try {
      await connection.script(`
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = NORMAL;
        PRAGMA cache_size = -${writerCacheKiB};
        PRAGMA wal_autocheckpoint = ${pagesPerCheckpoint};
      `);
    } catch (error) {
      await connection.close();
      throw error;
    }
    return connection;
  }

  /** Opens an existing file for reading and writing. */
  static openExisting(file: string): Promise<Connection> {
    return Connection.open(file, OPEN_READWRITE);
  }

  /** Opens a file for reading only. A read never sees what the writer has not committed. */
  static openReader(file: string): Promise<Connection> {
    return Connection.open(file, OPEN_READONLY);
  }

  /** Runs one statement and returns its rows. */
  async all<Row>(sql: string, ...parameters: Parameter[]): Promise<Row[]> {
    const statement = await this.prepared(sql);
    return new Promise((resolve, reject) => {
      statement.all<Row>(parameters, (error, rows) =>
        error ? reject(orStorageFault(error, this.file)) : resolve(rows),
      );
    });
  }

  /** Runs several statements without parameters. */
  script(sql: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.database.exec(sql, (error) =>
        error ? reject(orStorageFault(error, this.file)) : resolve(),
      );
    });
  }

  /** Ends the running statement with an error. */
  interrupt(): void {
    this.database.interrupt();
  }

  async close(): Promise<void> {
    for (const prepared of await Promise.allSettled(this.statements.values())) {
      if (prepared.status === 'rejected') continue;
      await new Promise<void>((resolve) => prepared.value.finalize(() => resolve()));
    }
    await new Promise<void>((resolve, reject) => {
      this.database.close((error) => (error ? reject(error) : resolve()));
    });
  }

  private prepared(sql: string): Promise<Statement> {
    const known = this.statements.get(sql);
    if (known !== undefined) return known;
    const preparing = this.prepare(sql);
    this.statements.set(sql, preparing);
    // A statement that could not be prepared is prepared again next time.
    preparing.catch(() => this.statements.delete(sql));
    return preparing;
  }

  private prepare(sql: string): Promise<Statement> {
    return new Promise((resolve, reject) => {
      const statement = this.database.prepare(sql, (error) =>
        error ? reject(orStorageFault(error, this.file)) : resolve(statement),
      );
    });
  }

  private static open(file: string, mode: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const database = new Database(file, mode, (error) => {
        if (error) {
          reject(orStorageFault(error, file));
          return;
        }
        database.configure('busyTimeout', 5000);
        resolve(new Connection(file, database));
      });
    });
  }
}

/** Turns an error that says that the file is damaged into a fault. */
function orStorageFault(error: Error, file: string): Error {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'SQLITE_CORRUPT' || code === 'SQLITE_NOTADB'
    ? new StorageFault(file, `is damaged (${error.message})`, { cause: error })
    : error;
}
