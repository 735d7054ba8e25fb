import { aggregateTypes } from 'contracts/aggregates';
import { createClient, type Login } from 'service-kit/postgres';
import { type Sql, sqlOn } from 'service-kit/sql';
import { type Behind, type CandidateChecks, listed } from '../views-home';

const shown = 5;

/** The checks of schemas in this database, each on a connection of its own. */
export const candidateChecks = (login: Login): CandidateChecks => ({
  violations: (schema, invariants, signal) =>
    reading(login, schema, signal, async (sql) => {
      const found: string[] = [];
      for (const invariant of invariants) {
        const rows = await sql<Record<string, string>>({
          name: '',
          text: `${invariant} LIMIT ${shown}`,
        });
        found.push(...rows.flatMap((texts) => Object.values(texts)));
      }
      return found;
    }),

  behindServing: (candidate, serving, signal) =>
    reading(login, candidate, signal, async (sql) => {
      const behind: Behind[] = [];
      const kept = await sql<{ name: string }>({
        name: 'tables-of-serving',
        text: 'SELECT relname AS name FROM pg_class WHERE relnamespace = $1::regnamespace',
        values: [serving],
      });
      for (const type of aggregateTypes) {
        const isKept = kept.some(({ name }) => name === `${type}_state`);
        // A program that did not know this kind has no table for it. All have known orders.
        if (isKept || type === 'order') behind.push(...(await compare(sql, type, serving)));
      }
      return behind;
    }),
});

const compare = (sql: Sql, kind: Behind['kind'], serving: string): Promise<Behind[]> =>
  sql<Behind>({
    name: '',
    // Not a join: on Citus, an aggregate may be on another node here than there.
    text: `SELECT '${kind}' AS kind, id, max(serving) AS serving, max(candidate) AS candidate
           FROM (
             SELECT source, ${kind}_id AS id, version AS serving, NULL::bigint AS candidate
             FROM ${serving}.${kind}_state_by_source
             UNION ALL
             SELECT source, ${kind}_id, NULL, version FROM ${kind}_state_by_source
           ) AS both_kept
           GROUP BY id
           HAVING max(serving) IS NOT NULL AND (max(candidate) IS NULL OR max(candidate) < max(serving))
           ORDER BY id LIMIT ${listed}`,
  });

async function reading<T>(
  login: Login,
  schema: string,
  signal: AbortSignal,
  work: (sql: Sql) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const client = createClient(login, {
    applicationName: 'query-service check',
    connectTimeoutMs: 10_000,
    schema,
    numbers: true,
  });
  await client.connect();
  // A statement under way is ended by closing its connection.
  const interrupt = (): void => void client.end().catch(() => undefined);
  signal.addEventListener('abort', interrupt);
  try {
    return await work(sqlOn(client));
  } finally {
    signal.removeEventListener('abort', interrupt);
    await client.end();
  }
}
