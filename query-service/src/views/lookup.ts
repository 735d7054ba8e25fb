import DataLoader from 'dataloader';
import type { Reader } from './view';

/**
 * Reads rows by their key. Those that requests ask for at the same time are read by one statement: a way to
 * SQLite and back costs ten times what it costs to find a row there (docs/performance.md, reads).
 *
 * @param select takes the keys as a JSON array, by `json_each(?)`, and returns its `key` (their place in the
 *   array) with each row that it finds
 * @param maxKeys of one statement: it holds up those behind it on its connection
 * @returns reads one; undefined when there is none
 */
export function lookup<Row, Key = number | string>(
  reader: Reader,
  select: string,
  maxKeys = 100,
): (key: Key) => Promise<Row | undefined> {
  const loader = new DataLoader<Key, Row | undefined>(
    async (keys) => {
      const found = keys.map((): Row | undefined => undefined);
      for (const row of await reader.all<Row & { key: number }>(select, JSON.stringify(keys))) {
        found[row.key] = row;
      }
      return found;
    },
    // No answer is kept: the next one reads anew. The keys of a turn of the event loop go together.
    { cache: false, maxBatchSize: maxKeys, batchScheduleFn: setImmediate },
  );
  return (key) => loader.load(key);
}
