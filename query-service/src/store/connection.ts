import sqlite3 from 'sqlite3';
import { orStorageFault } from './storage-fault';

/** A value that SQLite can take. Integers above 2^31-1 would arrive as REAL: send them as JSON or text. */
export type Parameter = string | number | null | Buffer;

/**
 * One connection to a SQLite file, with promises and prepared statements that are kept.
 * sqlite3 runs the calls of one connection one after another, off the event loop.
 */
export class Connection {
  private readonly statements = new Map<string, sqlite3.Statement>();

  private constructor(
    private readonly file: string,
    private readonly database: sqlite3.Database,
  ) {}

  /** Opens for reading and writing, and creates the file when it is not there. */
  static async openWriter(file: string): Promise<Connection> {
    const connection = await Connection.open(file, sqlite3.OPEN_READWRITE | sqlite3.OPEN_CREATE);
    // WAL with synchronous=NORMAL loses the last transactions in a power cut, never half of one:
    // the offsets are lost together with what they stand for, and Kafka still has the events.
    try {
      await connection.script('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    } catch (error) {
      await connection.close();
      throw error;
    }
    return connection;
  }

  /** Opens for reading and writing; a file that is not there is an error. */
  static openExisting(file: string): Promise<Connection> {
    return Connection.open(file, sqlite3.OPEN_READWRITE);
  }

  /** Opens for reading only: a read never sees what the writer has not committed. */
  static openReader(file: string): Promise<Connection> {
    return Connection.open(file, sqlite3.OPEN_READONLY);
  }

  /** Runs one statement and returns its rows. */
  async all<Row>(sql: string, ...parameters: Parameter[]): Promise<Row[]> {
    const statement = this.statements.get(sql) ?? (await this.prepare(sql));
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

  /** Ends the statement that runs, with an error. */
  interrupt(): void {
    this.database.interrupt();
  }

  async close(): Promise<void> {
    for (const statement of this.statements.values()) {
      await new Promise<void>((resolve) => statement.finalize(() => resolve()));
    }
    await new Promise<void>((resolve, reject) => {
      this.database.close((error) => (error ? reject(error) : resolve()));
    });
  }

  private prepare(sql: string): Promise<sqlite3.Statement> {
    return new Promise((resolve, reject) => {
      const statement = this.database.prepare(sql, (error) => {
        if (error) {
          reject(orStorageFault(error, this.file));
          return;
        }
        this.statements.set(sql, statement);
        resolve(statement);
      });
    });
  }

  private static open(file: string, mode: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const database = new sqlite3.Database(file, mode, (error) => {
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
