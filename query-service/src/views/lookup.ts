import DataLoader from 'dataloader';
import type { Reader } from './view';

/** A statement may hold up those behind it on its connection for this many rows. */
const maxRows = 100;

/**
 * Reads rows by their key. Those that requests ask for at the same time are read by one statement: a way to
 * SQLite and back costs ten times what it costs to find a row there (docs/performance.md, reads).
 *
 * @param select takes the keys as a JSON array, by `json_each(?)`, and returns its `key` (their place in the
 *   array) with each row that it finds
 * @returns reads one; undefined when there is none
 */
export function lookup<Row>(
  reader: Reader,
  select: string,
): (key: number | string) => Promise<Row | undefined> {
  const loader = new DataLoader<number | string, Row | undefined>(
    async (keys) => {
      const found = keys.map((): Row | undefined => undefined);
      for (const row of await reader.all<Row & { key: number }>(select, JSON.stringify(keys))) {
        found[row.key] = row;
      }
      return found;
    },
    // No answer is kept: the next one reads anew. The keys of a turn of the event loop go together.
    { cache: false, maxBatchSize: maxRows, batchScheduleFn: setImmediate },
  );
  return (key) => loader.load(key);
}
