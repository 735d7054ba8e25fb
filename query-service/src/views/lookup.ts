import DataLoader from 'dataloader';
import type { Reader, Select } from '../store/sql';
import type { RowOf, Table } from '../store/table';

/** Default maximum of keys per statement; a longer one delays reads queued on its connection. */
const mostKeys = 100;

/**
 * Reads rows of a table by its one key column. One statement reads the keys of all simultaneous requests, because a
 * round trip to the database costs ten times as much as finding a row (docs/performance.md, reads).
 *
 * @returns a function that reads one row; undefined when there is none
 */
export const lookup = <T extends Table>(
  reader: Reader,
  table: T,
): ((key: number | string) => Promise<RowOf<T> | undefined>) =>
  together((keys) => reader.byKey(table, keys), mostKeys);

/**
 * Reads something by a key, as `lookup` does.
 *
 * @param select takes the keys as a JSON array, and returns its `key` (their place in the array) with each row that it finds
 * @param maxKeys the maximum of keys per statement
 * @returns reads one; undefined when there is none
 */
export const batched = <Found, Key>(
  reader: Reader,
  select: Select,
  maxKeys: number,
): ((key: Key) => Promise<Found | undefined>) =>
  together(async (keys: readonly Key[]) => {
    const found = keys.map((): Found | undefined => undefined);
    for (const row of await reader.all<Found & { key: number }>(select, JSON.stringify(keys))) {
      found[row.key] = row;
    }
    return found;
  }, maxKeys);

/** Reads the keys of one turn of the event loop together. It caches no answer. */
function together<Found, Key>(
  read: (keys: readonly Key[]) => Promise<(Found | undefined)[]>,
  maxBatchSize: number,
): (key: Key) => Promise<Found | undefined> {
  const batchScheduleFn = setImmediate;
  const loader = new DataLoader<Key, Found | undefined>(read, {
    ...{ cache: false, maxBatchSize, batchScheduleFn },
  });
  return (key) => loader.load(key);
}
