import type { Reader } from '../sql';
import { Connection } from './connection';
import type { Parameter } from '../sql';
import { StorageFault } from '../storage-fault';

/** Two, so that a long page of one does not hold up the short answers of the other. */
const readerCount = 2;

/** A database file as it is read: by connections that see only what is committed. */
export class Readers implements Reader {
  private nextReader = 0;
  private underWay = 0;
  private whenIdle: (() => void) | null = null;

  private constructor(
    private readonly file: string,
    private readonly connections: readonly Connection[],
    private readonly checker: Connection,
  ) {}

  /** @throws {StorageFault} when it is no database, or damaged where opening reads it */
  static async open(file: string): Promise<Readers> {
    const checker = await Connection.openReader(file);
    const connections: Connection[] = [];
    try {
      for (let i = 0; i < readerCount; i++) connections.push(await Connection.openReader(file));
      return new Readers(file, connections, checker);
    } catch (error) {
      for (const open of [checker, ...connections]) await open.close().catch(() => undefined);
      throw error;
    }
  }

  async all<Row>(sql: string, ...parameters: Parameter[]): Promise<Row[]> {
    this.nextReader = (this.nextReader + 1) % this.connections.length;
    const reader = this.connections[this.nextReader] ?? this.checker;
    this.underWay++;
    try {
      return await reader.all<Row>(sql, ...parameters);
    } finally {
      if (--this.underWay === 0) this.whenIdle?.();
    }
  }

  /** Reads the whole file, beside everything else. @throws {StorageFault} when it is damaged */
  async check(): Promise<void> {
    const [row] = await this.checker.all<{ quick_check: string }>('PRAGMA quick_check(1)');
    if (row?.quick_check !== 'ok') {
      throw new StorageFault(this.file, `is damaged (${row?.quick_check.split('\n').at(-1)})`);
    }
  }

  /** A reading connection of the caller's own, for a transaction that lasts. The caller closes it. */
  openSnapshot(): Promise<Connection> {
    return Connection.openReader(this.file);
  }

  /** Answers what is being read, then closes; a damaged file is closed as far as it goes. */
  async close(): Promise<void> {
    if (this.underWay > 0) await new Promise<void>((resolve) => (this.whenIdle = resolve));
    this.checker.interrupt();
    const errors: unknown[] = [];
    for (const connection of [this.checker, ...this.connections]) {
      await connection.close().catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw errors[0] as Error;
  }
}
