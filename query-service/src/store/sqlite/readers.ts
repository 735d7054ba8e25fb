import type { PartitionProgress } from '../../model/partition';
import type { AggregateName, Parameter, Reader, Select } from '../sql';
import type { Snapshot } from '../snapshot';
import { StorageFault } from '../storage-fault';
import type { RowOf, Table } from '../table';
import type { FrozenViews } from '../views-home';
import { appliedVersion } from './applied-version';
import { Connection } from './connection';
import { readProgress } from './origin';
import { openSnapshot } from './snapshot';
import { selectAll, selectByKey } from './tables';

/** Two connections, so that a long page on one does not hold up short answers on the other. */
const readerCount = 2;

/** Reads a database file through connections that see only committed data. */
export class Readers implements Reader, FrozenViews {
  readonly reader = this;
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
    const opened: Connection[] = [];
    try {
      for (let i = 0; i <= readerCount; i++) {
        const connection = await Connection.openReader(file);
        opened.push(connection);
        // SQLite opens its log with the first read, and could not any more when the file was deleted before.
        await connection.all('SELECT name FROM sqlite_schema LIMIT 1');
      }
    } catch (error) {
      for (const connection of opened) await connection.close().catch(() => undefined);
      throw error;
    }
    const [checker, ...connections] = opened as [Connection, ...Connection[]];
    return new Readers(file, connections, checker);
  }

  all<Row>(select: Select, ...parameters: Parameter[]): Promise<Row[]> {
    return this.run<Row>(typeof select === 'string' ? select : select.sqlite, parameters);
  }

  async byKey<T extends Table>(
    table: T,
    keys: readonly (number | string)[],
  ): Promise<(RowOf<T> | undefined)[]> {
    const found = keys.map((): RowOf<T> | undefined => undefined);
    type Placed = RowOf<T> & { key: number };
    for (const row of await this.run<Placed>(selectByKey(table), [JSON.stringify(keys)])) {
      found[row.key] = row;
    }
    return found;
  }

  everyRow<T extends Table>(table: T): Promise<RowOf<T>[]> {
    return this.run<RowOf<T>>(selectAll(table), []);
  }

  async versionsOf(aggregates: readonly AggregateName[]): Promise<number[]> {
    const names = JSON.stringify(aggregates.map(({ type, id }) => [type, id]));
    const rows = await this.run<{ applied: number }>(selectVersions, [names]);
    return rows.map(({ applied }) => applied);
  }

  private async run<Row>(sql: string, parameters: readonly Parameter[]): Promise<Row[]> {
    this.nextReader = (this.nextReader + 1) % this.connections.length;
    const reader = this.connections[this.nextReader] ?? this.checker;
    this.underWay++;
    try {
      return await reader.all<Row>(sql, ...parameters);
    } finally {
      if (--this.underWay === 0) this.whenIdle?.();
    }
  }

  /** Reads the whole file, while other work goes on. @throws {StorageFault} when it is damaged */
  async check(): Promise<void> {
    const [row] = await this.checker.all<{ quick_check: string }>('PRAGMA quick_check(1)');
    if (row?.quick_check !== 'ok') {
      throw new StorageFault(this.file, `is damaged (${row?.quick_check.split('\n').at(-1)})`);
    }
  }

  progress(): Promise<PartitionProgress[]> {
    return readProgress(this);
  }

  /** Opens a snapshot on a new connection. */
  async openSnapshot(): Promise<Snapshot> {
    return openSnapshot(await Connection.openReader(this.file));
  }

  async copyTo(file: string): Promise<void> {
    const connection = await Connection.openReader(this.file);
    try {
      await connection.all('VACUUM INTO ?', file);
    } finally {
      await connection.close();
    }
  }

  /** Closes after running reads have ended; a damaged file is closed as far as possible. */
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

const selectVersions = `
  SELECT coalesce(${appliedVersion('value ->> 0', 'value ->> 1')}, 0) AS applied
  FROM jsonb_each(?)
  ORDER BY key
`;
