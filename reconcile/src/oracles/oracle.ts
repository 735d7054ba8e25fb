import type { RowType } from 'contracts/aggregates';
import { decimal } from '../finding';
import type { Value } from '../snapshots/row';

/** How a value is said to people. */
export type Say = (value: Value) => string;

/** What the rows of one table of the views must be. */
export interface Oracle {
  /** As the snapshot's header names it. */
  readonly table: string;
  /** The columns of the key in the order in which the rows ascend, and how they are said. */
  readonly key: Readonly<Record<string, Say>>;
  /** The other columns. */
  readonly columns: Readonly<Record<string, Say>>;
  /**
   * Selects the rows that must be there from the tables of `asKnown`, ascending, texts by their bytes: the columns of the
   * key, the other columns, and `may_lack` where some of the rows need not be there.
   */
  readonly sql: string;
  /**
   * A column that comes from the aggregate that is the key. Where the query service has another version of it, PostgreSQL
   * does not know what that says, and the view's own word counts: that the version differs is found anyway.
   */
  readonly told?: { readonly of: RowType; readonly column: string };
}

/** Whole cents. Of a row that differs, the difference of this is told. */
export const money: Say = (cents) => decimal(BigInt(cents as number | bigint));

export const count =
  (things: string): Say =>
  (value) =>
    `${String(value)} ${things}`;

export const plain: Say = String;
