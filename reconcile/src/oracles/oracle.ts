import type { RowType } from 'contracts/aggregates';
import { formatDecimal } from 'contracts/money';
import type { Value } from '../snapshots/row';

/** Writes a value as text for people. */
export type Say = (value: Value) => string;

/** Says what the rows of one table of the views must be. */
export interface Oracle {
  /** The table's name in the snapshot's header. */
  readonly table: string;
  /** The columns of the key, in the order by which the rows ascend, each with its text for people. */
  readonly key: Readonly<Record<string, Say>>;
  /** The other columns. */
  readonly columns: Readonly<Record<string, Say>>;
  /**
   * Selects the rows that must be there from the tables of `asKnown`, ascending, texts by their bytes: the columns of the
   * key, the other columns, and `may_lack` where some of the rows need not be there.
   */
  readonly sql: string;
  /**
   * A column that comes from the aggregate of the key. When the query service has another version of it, PostgreSQL
   * does not know that version's value, so the view's value is taken; the differing version is a finding anyway.
   */
  readonly told?: { readonly of: RowType; readonly column: string };
}

/** Writes whole cents. When a row differs, the finding shows the difference of this column. */
export const money: Say = (cents) => formatDecimal(BigInt(cents as number | bigint));

export const count =
  (things: string): Say =>
  (value) =>
    `${String(value)} ${things}`;

export const plain: Say = String;
