import { setTimeout as sleep } from 'node:timers/promises';
import { aggregateTypes } from 'contracts/aggregates';
import { changeOfHistory, type History, historyJson, isAccepted } from 'contracts/history';
import type { Topics } from 'contracts/topics';
import type { Readiness } from 'service-kit/health';
import type { Database } from './database';
import { migrations } from './migrations/all';
import { tableRights } from './service-role';

const answerWithinMs = 1_000;

/** Ready means: the database answers within a second, and the role has the rights that commands need. */
export function readiness(database: Database, topics: Topics): Readiness {
  return async () => {
    const slow = new AbortController();
    try {
      return await Promise.race([
        inspect(database, topics),
        sleep(answerWithinMs, ['the database does not answer'], { signal: slow.signal }),
      ]);
    } catch {
      return ['the database is not reachable'];
    } finally {
      slow.abort();
    }
  };
}

/** The rights that the role must have, each with its table and, for a right on one column, that column. */
const wanted = Object.entries(tableRights).flatMap(
  ([name, { table, inserts = [], changes = [] }]) => [
    ...table.map((may) => [name, may, null]),
    ...inserts.map((column) => [name, 'INSERT', column]),
    ...changes.map((column) => [name, 'UPDATE', column]),
  ],
);

async function inspect(database: Database, topics: Topics): Promise<readonly string[]> {
  return database.read(async (sql) => {
    const [present] = await sql<{ migrated: boolean }>({
      name: 'find-migrations-table',
      text: `SELECT to_regclass('migrations') IS NOT NULL AS migrated`,
    });
    if (present?.migrated !== true) return ['the database has not been migrated'];

    const [allowed] = await sql<{
      takesNoWrites: string | null;
      waitsForStandby: boolean;
      missing: string[];
    }>({
      name: 'find-missing-rights',
      text: `SELECT CASE WHEN pg_is_in_recovery() THEN 'it is a standby'
                         WHEN current_setting('transaction_read_only')::boolean THEN 'default_transaction_read_only is on'
                    END AS "takesNoWrites",
                    EXISTS (
                      SELECT FROM pg_stat_activity
                      WHERE usename = current_user AND wait_event = 'SyncRep' AND clock_timestamp() - state_change > interval '1 second'
                    ) AS "waitsForStandby",
                    ARRAY(
                      SELECT may || coalesce(' of ' || name || '.' || changed, ' on ' || name)
                      FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (name, may, changed)
                      WHERE to_regclass(name) IS NOT NULL AND NOT
                        CASE WHEN changed IS NULL THEN has_table_privilege(to_regclass(name), may)
                             WHEN EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass(name) AND attname = changed)
                             THEN has_column_privilege(to_regclass(name), changed, may)
                             ELSE true
                        END
                    ) AS missing`,
      values: [0, 1, 2].map((place) => wanted.map((right) => right[place])),
    });
    if (allowed === undefined) throw new Error('PostgreSQL answered nothing');
    const refused = [
      ...(allowed.takesNoWrites === null
        ? []
        : [`the database takes no writes: ${allowed.takesNoWrites}`]),
      ...(allowed.waitsForStandby
        ? ['commits wait for a synchronous standby, which does not answer']
        : []),
      ...allowed.missing.map((right) => `the service's role lacks ${right}: run the migrations`),
    ];
    if (refused.length > 0) return refused;

    const [migrated] = await sql<{ applied: string[] }>({
      name: 'find-migrations',
      text: `SELECT ARRAY(SELECT name FROM migrations) AS applied`,
    });
    const applied = new Set(migrated?.applied);
    const pending = migrations.map(({ name }) => name).filter((name) => !applied.has(name));
    if (pending.length > 0) return pending.map((name) => `migration ${name} has not been applied`);

    const [found] = await sql<{
      sources: number;
      topics: Partial<Topics> | null;
      present: History;
      accepted: History | null;
    }>({
      name: 'find-outbox-topics',
      text: `SELECT (SELECT count(*)::int FROM source) AS sources,
                    (SELECT json_object_agg(aggregatetype, topic) FROM outbox_topics) AS topics,
                    (SELECT ${historyJson} FROM present_history()) AS present,
                    (SELECT ${historyJson} FROM accepted_history) AS accepted`,
    });
    if (found !== undefined && !isAccepted(found.present, found.accepted)) {
      const what = changeOfHistory(found.present, found.accepted);
      return [`commands are refused: ${what}; the relay keeper says what is to be done`];
    }
    return [
      ...(found?.sources === 1 ? [] : ['the database has no source id']),
      ...aggregateTypes
        .filter((type) => found?.topics?.[type] !== topics[type])
        .map(
          (type) =>
            `${type} events go to ${topics[type]} here, and to ${found?.topics?.[type] ?? 'none'} by the database's set-up: run the migrations`,
        ),
    ];
  });
}
