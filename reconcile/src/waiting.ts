import { aggregates, type AggregateType, aggregateTypes } from 'contracts/aggregates';
import type { Login } from 'service-kit/postgres';
import type { Pipeline, Standstill } from 'contracts/pipeline';
import type { Replica } from './config';
import { PostgresSnapshot } from './snapshots/postgres-snapshot';
import type { State } from './versions/state';

/** An aggregate that the query service has at an older version than PostgreSQL, or not at all. */
export interface Behind {
  readonly kind: AggregateType;
  /** PostgreSQL's. */
  readonly state: State;
  readonly known?: State | undefined;
}

/** Events on their way, however long that takes: no difference, and no verdict on their aggregates. */
export interface Waiting {
  readonly events: number;
  readonly aggregates: number;
  /** What holds them up; null: nothing that anybody knows of. */
  readonly standstill: Standstill | null;
}

const nameOf = ({ kind, state }: Behind): string => `${kind}:${state.id}`;

/**
 * Tells what is on its way from what is lost. The views say that they include every command committed before `asOf`: of
 * what was committed later they claim nothing, so it waits, as long as its event is in the outbox, or was
 * purged from it, which only happens to what is in Kafka.
 *
 * @param asOf of the views in which they were behind; null: the views claim nothing
 * @param wasRead whether its newest event was read already, and parked
 * @throws {CannotCompare} when PostgreSQL does not answer
 */
export async function whatWaits(
  behind: readonly Behind[],
  asOf: string | null,
  wasRead: (one: Behind) => boolean,
  database: Login,
): Promise<{ waiting: readonly Behind[]; lost: readonly Behind[]; events: number }> {
  const candidates = new Map(
    behind.filter((one) => !wasRead(one)).map((one) => [nameOf(one), one]),
  );
  const waits = new Set<string>();
  let events = 0;
  const instant = asOf === null ? '-infinity' : new Date(asOf).toISOString();
  const postgres = await PostgresSnapshot.begin(database);
  try {
    for await (const rows of postgres.pages(eventsBehind, [instant])) {
      for (const [kind, id, version] of rows as [string, string, number][]) {
        const one = candidates.get(`${kind}:${id}`);
        if (one === undefined || version <= (one.known?.version ?? 0)) continue;
        events++;
        if (version === one.state.version) waits.add(nameOf(one));
      }
    }
    const unseen = [...candidates].filter(([name]) => !waits.has(name)).map(([, one]) => one);
    for (const kind of aggregateTypes) {
      const ids = unseen.filter((one) => one.kind === kind).map((one) => one.state.id);
      for (const id of await purgedBehind(postgres, kind, ids, asOf)) {
        events++;
        waits.add(`${kind}:${id}`);
      }
    }
  } finally {
    await postgres.end();
  }
  const isWaiting = (one: Behind): boolean => waits.has(nameOf(one));
  return {
    waiting: behind.filter(isWaiting),
    lost: behind.filter((one) => !isWaiting(one)),
    events,
  };
}

/** Watermarks come every second: views that are older say that something stands still. */
const standsStillAfterSeconds = 10;

/**
 * Events of the outbox that views as of $1 need not have: kind, id, version. Those committed later; and while that stands
 * still, those that the slot may have to emit yet, so also what `reemit` wrote again: a row without a slot's
 * transaction horizon is older than what the slot has confirmed.
 */
const eventsBehind = `
  SELECT aggregatetype, aggregateid, aggregateversion
  FROM outbox
  WHERE sourceid = (SELECT source_id FROM source) AND (
    occurredat > $1::timestamptz
    OR $1::timestamptz < clock_timestamp() - interval '${standsStillAfterSeconds} s'
       AND coalesce(
         age(xmin) <= (SELECT age(catalog_xmin) FROM pg_replication_slots
                       WHERE slot_name = 'relay' AND database = current_database()
                         AND wal_status <> 'lost'),
         true
       )
  )`;

/**
 * Which of these aggregates changed after `asOf` and have lost their event to the purge since: only what was
 * read back from Kafka is purged.
 */
async function purgedBehind(
  postgres: PostgresSnapshot,
  kind: AggregateType,
  ids: readonly number[],
  asOf: string | null,
): Promise<number[]> {
  if (ids.length === 0) return [];
  const { table } = aggregates[kind];
  const rows = await postgres.all<{ id: string }>(
    `SELECT id FROM ${table}
     WHERE id = ANY($1::bigint[]) AND updated_at > $2
       AND updated_at < coalesce((SELECT min(occurredat) FROM outbox), 'infinity')`,
    [ids, asOf ?? '-infinity'],
  );
  return rows.map(({ id }) => Number(id));
}

const askedForMs = 5_000;

/** What holds events up, as the replica tells together with the relay keeper; null: nothing that is known. */
export async function standstillBefore({
  url,
  headers = () => ({}),
}: Replica): Promise<Standstill | null> {
  const address = new URL('api/pipeline', url.endsWith('/') ? url : `${url}/`);
  try {
    const signal = AbortSignal.timeout(askedForMs);
    const answer = await fetch(address, { headers: headers(), signal });
    return answer.ok ? ((await answer.json()) as Pipeline).standstill : null;
  } catch {
    // Only the reason is missing then: that the events wait does not depend on it.
    return null;
  }
}
