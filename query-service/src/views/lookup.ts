import DataLoader from 'dataloader';
import { selectAll, selectByKey } from '../store/sqlite/tables';
import type { Measure, Table, Told } from '../store/table';
import type { CentsText } from './totals';
import type { Reader } from '../store/sql';

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

/**
 * Reads rows of a table by its key, of one column. @see batched
 *
 * @returns reads one; undefined when there is none
 */
export const lookup = <T extends Table>(
  reader: Reader,
  table: T,
): ((key: number | string) => Promise<RowOf<T> | undefined>) =>
  batched<RowOf<T>, number | string>(reader, selectByKey(table));

/** Reads a whole table: one of few rows. */
export const readAll = <T extends Table>(reader: Reader, table: T): Promise<RowOf<T>[]> =>
  reader.all<RowOf<T>>(selectAll(table));

/**
 * Reads something by a key. What requests ask for at the same time is read by one statement: a way to
 * SQLite and back costs ten times what it costs to find a row there (docs/performance.md, reads).
 *
 * @param select takes the keys as a JSON array, by `json_each(?)`, and returns its `key` (their place in the
 *   array) with each row that it finds
 * @param maxKeys of one statement: it holds up those behind it on its connection
 * @returns reads one; undefined when there is none
 */
export function batched<Found, Key>(
  reader: Reader,
  select: string,
  maxKeys = 100,
): (key: Key) => Promise<Found | undefined> {
  const loader = new DataLoader<Key, Found | undefined>(
    async (keys) => {
      const found = keys.map((): Found | undefined => undefined);
      for (const row of await reader.all<Found & { key: number }>(select, JSON.stringify(keys))) {
        found[row.key] = row;
      }
      return found;
    },
    // No answer is kept: the next one reads anew. The keys of a turn of the event loop go together.
    { cache: false, maxBatchSize: maxKeys, batchScheduleFn: setImmediate },
  );
  return (key) => loader.load(key);
}
