import { aggregates as contract, aggregateTypes } from 'contracts/aggregates';
import type { Sql } from 'service-kit/sql';
import type { AggregateName, Parameter, Reader, Select } from '../sql';
import type { RowOf, Table } from '../table';
import { nameOf } from './database';
import { selectAll, selectByKey } from './tables';

/** Reads committed data. */
export class PostgresReader implements Reader {
  constructor(private readonly sql: Sql) {}

  all<Row>(select: Select, ...values: Parameter[]): Promise<Row[]> {
    const text = typeof select === 'string' ? select : select.postgres;
    return this.sql<Row>({ name: nameOf('select', text), text, values });
  }

  async byKey<T extends Table>(
    table: T,
    keys: readonly (number | string)[],
  ): Promise<(RowOf<T> | undefined)[]> {
    const [key = ''] = Object.keys(table.key);
    const rows = await this.sql<RowOf<T>>({ ...selectByKey(table), values: [[...new Set(keys)]] });
    const found = new Map(rows.map((row) => [(row as Record<string, unknown>)[key], row]));
    return keys.map((wanted) => found.get(wanted));
  }

  everyRow<T extends Table>(table: T): Promise<RowOf<T>[]> {
    return this.sql<RowOf<T>>(selectAll(table));
  }

  async versionsOf(aggregates: readonly AggregateName[]): Promise<number[]> {
    const versions = new Map<string, number>();
    for (const type of aggregateTypes) {
      const ids = aggregates.filter((one) => one.type === type).map(({ id }) => id);
      if (ids.length === 0) continue;
      const rows = await this.sql<{ id: number; version: number }>({
        name: `versions-of-${contract[type].table}`,
        text: `SELECT ${type}_id AS id, version FROM ${type}_state WHERE ${type}_id = ANY ($1::bigint[])`,
        values: [ids],
      });
      for (const { id, version } of rows) versions.set(`${type}:${id}`, version);
    }
    return aggregates.map(({ type, id }) => versions.get(`${type}:${id}`) ?? 0);
  }
}
