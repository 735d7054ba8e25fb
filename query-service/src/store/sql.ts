import type { AggregateType } from 'contracts/aggregates';
import type { RowOf, Table } from './table';

/** A value that a statement can take. Integers above 2^31-1 would reach SQLite as REAL: send them as JSON or text. */
export type Parameter = string | number | null | Buffer;

/** A write over a whole batch: each `?` stands for the rows as JSON, read by `jsonb_each(?)`. No rows, no write. */
export interface Statement {
  readonly sql: string;
  readonly rows: readonly unknown[];
  /** The view's table whose rows these are. */
  readonly table?: string;
}

/**
 * A SELECT of the tables that views declare: one text where the engines understand the same, else one for each. Its parameters
 * are `$1`, `$2` … in the order in which they appear first.
 *
 * In PostgreSQL `<table>` is a view that sums up `<table>_by_source`, where each partition's events have added: a SELECT that
 * sums up anyway reads that.
 */
export type Select = string | SelectPerEngine;

export interface SelectPerEngine {
  readonly sqlite: string;
  readonly postgres: string;
}

/** Names an aggregate. */
export interface AggregateName {
  readonly type: AggregateType;
  readonly id: number;
}

/** Reads what is committed, beside everything else. */
export interface Reader {
  all<Row>(select: Select, ...parameters: Parameter[]): Promise<Row[]>;
  /**
   * Reads rows by their key.
   *
   * @param table of one key column
   * @returns a row for each key, in their order; undefined where there is none
   */
  byKey<T extends Table>(
    table: T,
    keys: readonly (number | string)[],
  ): Promise<(RowOf<T> | undefined)[]>;
  /** Reads a whole table: one of few rows. */
  everyRow<T extends Table>(table: T): Promise<RowOf<T>[]>;
  /** The applied version of each of these aggregates, in their order; 0 where none is. */
  versionsOf(aggregates: readonly AggregateName[]): Promise<number[]>;
}
