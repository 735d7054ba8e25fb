import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'service-kit/logger';
import type { Database } from '../database';
import { deleteExpired } from './stored-answers';

/** Rows per batch: few enough that no batch holds its locks for long. */
const batch = 1_000;

/**
 * Deletes expired keys for as long as the service runs. Nothing depends on it: a key is ignored from the moment at
 * which it expires.
 *
 * @returns stops it
 */
export function startPurge(
  database: Database,
  everyMs: number,
  logger: Logger,
): () => Promise<void> {
  const stopping = new AbortController();
  const done = purgeUntil(stopping.signal, database, everyMs, logger);
  return async () => {
    stopping.abort();
    await done;
  };
}

async function purgeUntil(
  stopped: AbortSignal,
  database: Database,
  everyMs: number,
  logger: Logger,
): Promise<void> {
  while (!stopped.aborted) {
    try {
      await sleep(everyMs, undefined, { signal: stopped });
      let deleted = batch;
      while (deleted === batch && !stopped.aborted) {
        deleted = await database.transaction((sql) => deleteExpired(sql, batch));
      }
    } catch (error) {
      if (!stopped.aborted) logger.warn({ err: error }, 'could not purge idempotency keys');
    }
  }
}
