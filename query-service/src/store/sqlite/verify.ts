import { aggregateTypes } from 'contracts/aggregates';
import { StorageFault } from '../storage-fault';
import { type Behind, type CandidateChecks, listed } from '../views-home';
import { Connection } from './connection';

const shown = 5;

export const candidateChecks: CandidateChecks = { violations, behindServing };

function violations(
  file: string,
  invariants: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  return reading(file, signal, async (database) => {
    const [row] = await database.all<{ integrity_check: string }>('PRAGMA integrity_check(1)');
    if (row?.integrity_check !== 'ok') {
      throw new StorageFault(file, `is damaged (${row?.integrity_check})`);
    }
    const found: string[] = [];
    for (const invariant of invariants) {
      const rows = await database.all<Record<string, string>>(`${invariant} LIMIT ${shown}`);
      found.push(...rows.flatMap((texts) => Object.values(texts)));
    }
    return found;
  });
}

function behindServing(candidate: string, serving: string, signal: AbortSignal): Promise<Behind[]> {
  return reading(candidate, signal, async (database) => {
    await database.all('ATTACH DATABASE ? AS serving', serving);
    const behind: Behind[] = [];
    const kept = await database.all<{ name: string }>('SELECT name FROM serving.sqlite_schema');
    for (const type of aggregateTypes) {
      const isKept = kept.some(({ name }) => name === `${type}_state`);
      // A file of a program that did not know this kind has no table for it. All programs know orders.
      if (isKept || type === 'order') behind.push(...(await compare(database, type)));
    }
    return behind;
  });
}

function compare(database: Connection, kind: Behind['kind']): Promise<Behind[]> {
  return database.all<Behind>(
    `SELECT '${kind}' AS kind, theirs.${kind}_id AS id, theirs.version AS serving,
       mine.version AS candidate
     FROM serving.${kind}_state AS theirs
     LEFT JOIN main.${kind}_state AS mine ON mine.${kind}_id = theirs.${kind}_id
     WHERE mine.version IS NULL OR mine.version < theirs.version
     ORDER BY 2 LIMIT ${listed}`,
  );
}

/** Runs `work` on a new connection. */
async function reading<T>(
  file: string,
  signal: AbortSignal,
  work: (database: Connection) => Promise<T>,
): Promise<T> {
  const database = await Connection.openReader(file);
  const interrupt = (): void => database.interrupt();
  signal.addEventListener('abort', interrupt);
  try {
    return await work(database);
  } finally {
    signal.removeEventListener('abort', interrupt);
    await database.close();
  }
}
