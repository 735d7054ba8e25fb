import type { AggregateType } from 'contracts/aggregates';
import type { RowOf, Table, Value } from './table';

/** A parameter of a statement. Integers above 2^31-1 would reach SQLite as REAL: send them as JSON or text. */
export type Parameter = string | number | null | Buffer;

/**
 * A write of a whole batch: each `?` stands for the rows as JSON, read by `jsonb_each(?)`. Without rows it is left out.
 */
export interface Statement {
  readonly sql: string;
  readonly rows: readonly unknown[];
  /** The view's table to which the rows belong. */
  readonly table?: string;
}

/** The types of a row's columns where it is sent to the database. */
export type ColumnType = 'bigint' | 'text';

/** A write of rows in SQL that all engines understand. */
export interface RowsWrite {
  readonly name: string;
  /** The rows' columns, in their order. */
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** @param given what stands for the rows behind FROM: a table `given` with these columns */
  readonly sql: (given: string) => string;
  readonly rows: readonly (readonly (Value | undefined)[])[];
}

/**
 * A SELECT of the views' tables: one text when all engines understand it, else one per engine. Its parameters are `$1`,
 * `$2` … in the order in which they appear first.
 *
 * In PostgreSQL, `<table>` is an SQL view that sums up `<table>_by_source`; a SELECT that sums up anyway can read that
 * table instead. One with a condition should: Citus sums up all of the view first.
 */
export type Select = string | SelectPerEngine;

interface SelectPerEngine {
  readonly sqlite: string;
  readonly postgres: string;
  /** Instead, where Citus distributes the tables by source: it joins their rows with nothing but lists and rows of the same source. */
  readonly citus?: string;
}

/** The name of an aggregate. */
export interface AggregateName {
  readonly type: AggregateType;
  readonly id: number;
}

/** Reads committed data, while other work goes on. */
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
  /** Reads a whole table; only for tables with few rows. */
  everyRow<T extends Table>(table: T): Promise<RowOf<T>[]>;
  /** The applied version of each of these aggregates, in their order; 0 where none is. */
  versionsOf(aggregates: readonly AggregateName[]): Promise<number[]>;
}
