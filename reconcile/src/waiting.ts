import { aggregates, type AggregateType, aggregateTypes } from 'contracts/aggregates';
import type { Login } from 'service-kit/postgres';
import type { Pipeline, Standstill } from 'contracts/pipeline';
import { ask, type Replica } from './replica';
import { PostgresSnapshot } from './snapshots/postgres-snapshot';
import type { State } from './versions/state';

/** An aggregate that the query service has at an older version than PostgreSQL, or not at all. */
export interface Behind {
  readonly kind: AggregateType;
  /** PostgreSQL's state. */
  readonly state: State;
  readonly known?: State | undefined;
}

/**
 * Events that are on their way, however long that takes. They are no differences, and their aggregates get no verdict.
 */
export interface Waiting {
  readonly events: number;
  readonly aggregates: number;
  /** What holds them up; null when nothing is known. */
  readonly standstill: Standstill | null;
}

const nameOf = ({ kind, state }: Behind): string => `${kind}:${state.id}`;

/**
 * Separates events that are on their way from lost ones. The views include every command that was committed before
 * `asOf`. A later one is still on its way when its event is in the outbox, or was purged from it, because only events
 * that are in Kafka are purged.
 *
 * @param asOf of the views in which they were behind; null when the views do not know it
 * @param wasRead whether its newest event was already read and parked
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

/** A watermark comes every second, so older views show that something stands still. */
const standsStillAfterSeconds = 10;

/**
 * Selects the events of the outbox that views as of $1 need not have: kind, id, version. These are the events committed
 * later; and while the relay stands still, also those that the slot may still have to emit, such as rows that `reemit`
 * wrote again. A row below the slot's transaction horizon has been confirmed.
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
 * Finds the aggregates that changed after `asOf` and whose event has been purged since. Their events are in Kafka,
 * because only events that were read back from there are purged.
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

/** Asks the replica, which also asks the relay keeper, what holds up events; null when nothing is known. */
export async function standstillBefore(replica: Replica): Promise<Standstill | null> {
  try {
    const signal = AbortSignal.timeout(askedForMs);
    const answer = await ask(replica, 'api/pipeline', { signal });
    return answer.ok ? ((await answer.json()) as Pipeline).standstill : null;
  } catch {
    // Without an answer only the reason is missing; the events wait all the same.
    return null;
  }
}
