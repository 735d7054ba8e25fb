import DataLoader from 'dataloader';
import type { Reader, Select } from '../store/sql';
import type { RowOf, Table } from '../store/table';

/** Of one statement, if not said otherwise: it holds up those behind it on its connection. */
const mostKeys = 100;

/**
 * Reads rows of a table by its key, of one column. What requests ask for at the same time is read by one statement: a way to
 * the database and back costs ten times what it costs to find a row there (docs/performance.md, reads).
 *
 * @returns reads one; undefined when there is none
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
 * @param maxKeys of one statement
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

/** No answer is kept: the next one reads anew. The keys of a turn of the event loop go together. */
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
