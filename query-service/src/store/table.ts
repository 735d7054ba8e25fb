import type { AggregateType } from 'contracts/aggregates';
import type { Changes } from '../model/changes';
import type { Statement } from './sql';

/**
 * One table of a view, said once: how each engine creates it and writes it, what a snapshot sends of it and
 * what must hold in it (invariants.ts) follow from this.
 */
export interface Table {
  /** The name for people and in the snapshot's header; in SQL it has `_` for `-`. */
  readonly name: string;
  readonly key: Readonly<Record<string, KeyColumn>>;
  /** The columns that are summed over rows with the same key: integers of 64 bits. */
  readonly adds: Readonly<Record<string, Measure>>;
  /**
   * The columns that get the value of the newest row with a key. Null, in a column that allows it, keeps the old value.
   */
  readonly sets: Readonly<Record<string, Told>>;
  /** A column of `adds`: a row in which it becomes 0 is deleted. Without it, rows stay whatever their sums are. */
  readonly goneAt0?: string;
}

/** The kind of id in a key column. A snapshot of some aggregates or customers has only their rows. */
export type Id = AggregateType | 'customer';

export const isId = (type: KeyColumn): type is Id => type !== 'integer' && type !== 'text';

type KeyColumn = Id | 'integer' | 'text';

/**
 * What a column sums up. All tables that sum up the same must agree. `sold` excludes cancelled orders. `cents` and
 * `count` are sums that no other table has.
 */
export type Measure = 'cents sold' | 'units sold' | 'orders sold' | 'orders' | 'cents' | 'count';

export type Told = 'text' | 'text or null' | 'integer';

/** A value of a row. A sum is a bigint when a double cannot hold it exactly. */
export type Value = string | number | bigint | null;

/** The values of a row, in the order of the table's columns: `key`, `adds`, `sets`. */
export type Row = readonly Value[];

/** The part of a view that a store needs. */
export interface KeptView {
  readonly tables: readonly Table[];
  /**
   * The rows of a batch for each of the tables, in their order. Rows with the same key are added up later. Pure, and
   * each call makes new rows.
   */
  rows(changes: Changes): readonly (readonly Row[])[];
  /** SQL for SQLite beyond the tables. Most views have none. */
  readonly sqlite?: InSqlite;
  readonly postgres?: InPostgres;
}

/** SQL for PostgreSQL beyond a view's tables. */
export interface InPostgres {
  /** CREATE statements besides those of the tables: a table is `<table>_by_source`. */
  readonly schema?: string;
  /** Tables that are not stored, by name: a SELECT derives their rows from other tables when they are read. */
  readonly derived: Readonly<Record<string, string>>;
  /** The same for Citus, which refuses some joins: see `Select`. */
  readonly derivedInCitus?: Readonly<Record<string, string>>;
}

/** SQL for SQLite beyond a view's tables. */
export interface InSqlite {
  /** CREATE statements besides those of the tables. */
  readonly schema?: string;
  /**
   * The statements of a batch, in order.
   *
   * @param upserts those of the view's tables, in their order; the result must contain them
   */
  writes(changes: Changes, upserts: readonly Statement[]): readonly Statement[];
}

/** Cents as text from SQL, because a total may exceed what a double holds exactly. */
export type CentsText = string & { readonly unit: 'cents' };

/** A row that was read, with money as text. */
export type RowOf<T extends Table> = {
  readonly [Column in keyof T['key']]: T['key'][Column] extends 'text' ? string : number;
} & {
  readonly [Column in keyof T['adds']]: T['adds'][Column] extends `cents${string}`
    ? CentsText
    : T['adds'][Column] extends Measure
      ? number
      : never;
} & {
  readonly [Column in keyof T['sets']]: T['sets'][Column] extends 'integer'
    ? number
    : T['sets'][Column] extends 'text'
      ? string
      : T['sets'][Column] extends Told
        ? string | null
        : never;
};

/** Declares a table, and keeps its columns' names and types for `RowOf`. */
export const table = <const T extends Table>(declared: T): T => declared;

/** The table's name in SQL. */
export const sqlName = ({ name }: Pick<Table, 'name'>): string => name.replaceAll('-', '_');

/** The names of a table's columns, in the order of a row. */
export const columnsOf = ({ key, adds, sets }: Table): string[] =>
  [key, adds, sets].flatMap((columns) => Object.keys(columns));

const isMoney = (measure: Measure): boolean => measure.startsWith('cents');

/** What an upsert does to a row that is there. @param kept names that row */
export function updatesOf({ adds, sets }: Table, kept: string): string {
  const updates = [
    ...Object.keys(adds).map((column) => `${column} = ${kept}.${column} + excluded.${column}`),
    ...Object.entries(sets).map(([column, told]) =>
      told === 'text or null'
        ? `${column} = coalesce(excluded.${column}, ${kept}.${column})`
        : `${column} = excluded.${column}`,
    ),
  ];
  return updates.length === 0 ? 'NOTHING' : `UPDATE SET ${updates.join(', ')}`;
}

/** What a SELECT of rows reads. Money comes as text, because it may be more than a double holds. */
export const selected = (table: Table, valueOf: (column: string) => string): string =>
  columnsOf(table)
    .map((column) => {
      const measure = table.adds[column];
      const isText = measure !== undefined && isMoney(measure);
      return `${isText ? `CAST(${valueOf(column)} AS TEXT)` : valueOf(column)} AS ${column}`;
    })
    .join(', ');

/** Makes a statement once for each table, not for each batch. */
export function remembered<T>(write: (table: Table) => T): (table: Table) => T {
  const texts = new WeakMap<Table, T>();
  return (table) => {
    let text = texts.get(table);
    if (text === undefined) texts.set(table, (text = write(table)));
    return text;
  };
}

/** The rows that a batch writes into a table. */
export interface Writes {
  /** A row for each key, with the values to add and to set. */
  readonly rows: readonly Row[];
  /** Those of them that must be deleted if their `goneAt0` becomes 0. */
  readonly maybeGone: readonly Row[];
}

/** Sums up a batch's rows of a table. @param rows are changed: nobody else may use them */
export function writesInto(table: Table, rows: readonly Row[]): Writes {
  const sums = sumRows(table, rows);
  if (table.goneAt0 === undefined) return { rows: sums, maybeGone: [] };
  const counted = columnsOf(table).indexOf(table.goneAt0);
  // A row that adds nothing must not be created.
  const some = sums.filter((row) => addsSomething(table, row));
  return { rows: some, maybeGone: some.filter((row) => Number(row[counted]) <= 0) };
}

function addsSomething({ key, adds }: Table, row: Row): boolean {
  const from = Object.keys(key).length;
  const to = from + Object.keys(adds).length;
  for (let i = from; i < to; i++) if (Number(row[i]) !== 0) return true;
  return false;
}

/**
 * Adds up rows by their keys: one row for each key, in the order in which the keys come first.
 *
 * It uses nested maps, because making a text key for each order line would cost more than all the rest.
 *
 * @param rows become the sums, so nobody else may use them
 */
function sumRows({ key, adds, sets }: Table, rows: readonly Row[]): Row[] {
  const keys = Object.keys(key).length;
  const added = keys + Object.keys(adds).length;
  const width = added + Object.keys(sets).length;
  const sums: Value[][] = [];
  const root: Level = new Map();
  for (const row of rows as readonly Value[][]) {
    let level = root;
    for (let i = 0; i < keys - 1; i++) level = levelBelow(level, row[i]);
    const sum = level.get(row[keys - 1]) as Value[] | undefined;
    if (sum === undefined) {
      level.set(row[keys - 1], row);
      sums.push(row);
      continue;
    }
    for (let i = keys; i < added; i++) sum[i] = plus(sum[i] as Sum, row[i] as Sum);
    for (let i = added; i < width; i++) sum[i] = row[i] ?? sum[i] ?? null;
  }
  return sums;
}

type Level = Map<Value | undefined, Level | Value[]>;
type Sum = number | bigint;

function levelBelow(level: Level, key: Value | undefined): Level {
  let below = level.get(key) as Level | undefined;
  if (below === undefined) level.set(key, (below = new Map()));
  return below;
}

/** Adds exactly: the sum is a double as long as that is exact. */
function plus(a: Sum, b: Sum): Sum {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return BigInt(a) + BigInt(b);
}
