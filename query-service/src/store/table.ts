import type { AggregateType } from 'contracts/aggregates';
import type { Changes } from '../model/changes';
import type { Statement } from './sql';

/**
 * One table of a view, said once: how each engine creates it and writes it, what a snapshot sends of it and
 * what must hold in it (invariants.ts) follow from this.
 */
export interface Table {
  /** As people and the snapshot's header read it; in SQL it has `_` for `-`. */
  readonly name: string;
  readonly key: Readonly<Record<string, KeyColumn>>;
  /** What rows with the same key add up to: integers of 64 bits. */
  readonly adds: Readonly<Record<string, Measure>>;
  /** What the newest row with a key says. Null, in a column that allows it, keeps the value before. */
  readonly sets: Readonly<Record<string, Told>>;
  /** A column of `adds`: a row in which it becomes 0 is deleted. Without it, rows stay whatever their sums are. */
  readonly goneAt0?: string;
}

/** Whose row it is. A snapshot of some of these aggregates or customers has their rows only. */
export type Id = AggregateType | 'customer';

export const isId = (type: KeyColumn): type is Id => type !== 'integer' && type !== 'text';

export type KeyColumn = Id | 'integer' | 'text';

/**
 * What a sum is of: all tables that keep a sum of the same must agree. `sold` is what counts: no cancelled order.
 * `cents` and `count` are sums that no other table keeps.
 */
export type Measure = 'cents sold' | 'units sold' | 'orders sold' | 'orders' | 'cents' | 'count';

export type Told = 'text' | 'text or null' | 'integer';

/** A value of a row. A sum is a bigint where a double does not hold it exactly. */
export type Value = string | number | bigint | null;

/** The values of a row, in the order of the table's columns: `key`, `adds`, `sets`. */
export type Row = readonly Value[];

/** A view as a store keeps it. */
export interface KeptView {
  readonly tables: readonly Table[];
  /**
   * What a batch changes: rows for each of the tables, in their order. Rows of one key are added up. Pure, and each call
   * makes new rows.
   */
  rows(changes: Changes): readonly (readonly Row[])[];
  /** What its tables do not say, in SQLite. Most views need none of it. */
  readonly sqlite?: InSqlite;
  readonly postgres?: InPostgres;
}

/** What a view's tables do not say, in PostgreSQL. */
export interface InPostgres {
  /** CREATE statements besides those of the tables: a table is `<table>_by_source`. */
  readonly schema?: string;
  /** Tables, by their names, that are not kept: a SELECT makes their rows of other tables when they are read. */
  readonly derived: Readonly<Record<string, string>>;
}

/** What a view does in SQL of its own. */
export interface InSqlite {
  /** CREATE statements besides those of the tables. */
  readonly schema?: string;
  /**
   * What a batch writes, in order.
   *
   * @param upserts of the view's tables, in their order: they have to be among it
   */
  writes(changes: Changes, upserts: readonly Statement[]): readonly Statement[];
}

/** Cents as SQL writes them: a total may be more than a double holds exactly. */
export type CentsText = string & { readonly unit: 'cents' };

/** A row as it is read: money as text. */
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

/** Declares a table. Its columns' names and types are kept for those who read it (`RowOf`). */
export const table = <const T extends Table>(declared: T): T => declared;

/** The table's name in SQL. */
export const sqlName = ({ name }: Pick<Table, 'name'>): string => name.replaceAll('-', '_');

/** The names of a table's columns, in the order of a row. */
export const columnsOf = ({ key, adds, sets }: Table): string[] =>
  [key, adds, sets].flatMap((columns) => Object.keys(columns));

export const isMoney = (measure: Measure): boolean => measure.startsWith('cents');

/** What a batch writes into a table. */
export interface Writes {
  /** A row for each key: what is added and set. */
  readonly rows: readonly Row[];
  /** Those of them whose rows are gone when nothing is left of what `goneAt0` counts. */
  readonly maybeGone: readonly Row[];
}

/** What a batch's rows of a table come to. @param rows nobody else may use them */
export function writesInto(table: Table, rows: readonly Row[]): Writes {
  const sums = sumRows(table, rows);
  if (table.goneAt0 === undefined) return { rows: sums, maybeGone: [] };
  const counted = columnsOf(table).indexOf(table.goneAt0);
  // What adds nothing to a row must not make one.
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
 * By maps in maps: one text as the key of each order line would cost more than the rest of it.
 *
 * @param rows a batch's, which become the sums: nobody else may use them
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

/** Exact, whatever the sum: a double as long as that is. */
function plus(a: Sum, b: Sum): Sum {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return BigInt(a) + BigInt(b);
}
