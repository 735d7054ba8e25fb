import { aggregateTypes } from 'contracts/aggregates';
import type { Sql } from 'service-kit/sql';
import type { AggregateName, Parameter, Reader, Select } from '../sql';
import type { RowOf, Table } from '../table';
import { readVersions } from './aggregate-states';
import { nameOf } from './database';
import { selectAll, selectByKey, selectDerivedByKey } from './tables';

/** Reads committed data. */
export class PostgresReader implements Reader {
  /**
   * @param derived names of tables that are not stored
   * @param isDistributed whether Citus distributes the tables
   */
  constructor(
    private readonly sql: Sql,
    private readonly derived: ReadonlySet<string>,
    private readonly isDistributed: boolean,
  ) {}

  all<Row>(select: Select, ...values: Parameter[]): Promise<Row[]> {
    const text =
      typeof select === 'string'
        ? select
        : this.isDistributed
          ? (select.citus ?? select.postgres)
          : select.postgres;
    return this.sql<Row>({ name: nameOf('select', text), text, values });
  }

  async byKey<T extends Table>(
    table: T,
    keys: readonly (number | string)[],
  ): Promise<(RowOf<T> | undefined)[]> {
    const [key = ''] = Object.keys(table.key);
    const statement = this.derived.has(table.name) ? selectDerivedByKey(table) : selectByKey(table);
    const rows = await this.sql<RowOf<T>>({ ...statement, values: [[...new Set(keys)]] });
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
      for (const { id, version } of await readVersions(this.sql, type, ids))
        versions.set(`${type}:${id}`, version);
    }
    return aggregates.map(({ type, id }) => versions.get(`${type}:${id}`) ?? 0);
  }
}
