import { setTimeout as sleep } from 'node:timers/promises';
import type { Readiness } from 'service-kit/health';
import type { Database } from './database';
import { migrations } from './migrations/all';

const answerWithinMs = 1_000;

/** Ready: the database answers within a second, is migrated, and knows its source id. */
export function readiness(database: Database): Readiness {
  return async () => {
    const slow = new AbortController();
    try {
      return await Promise.race([
        inspect(database),
        sleep(answerWithinMs, ['the database does not answer'], { signal: slow.signal }),
      ]);
    } catch {
      return ['the database is not reachable'];
    } finally {
      slow.abort();
    }
  };
}

async function inspect(database: Database): Promise<readonly string[]> {
  return database.read(async (sql) => {
    const [present] = await sql<{ migrated: boolean }>(
      `SELECT to_regclass('migrations') IS NOT NULL AS migrated`,
    );
    if (present?.migrated !== true) return ['the database has not been migrated'];

    const [found] = await sql<{ applied: string[]; sources: number }>(
      `SELECT ARRAY(SELECT name FROM migrations)       AS applied,
              (SELECT count(*)::int FROM source) AS sources`,
    );
    const applied = new Set(found?.applied);
    const pending = migrations.map(({ name }) => name).filter((name) => !applied.has(name));
    return [
      ...pending.map((name) => `migration ${name} has not been applied`),
      ...(found?.sources === 1 ? [] : ['the database has no source id']),
    ];
  });
}
