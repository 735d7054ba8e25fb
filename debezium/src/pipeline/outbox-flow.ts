import type { Sql } from 'service-kit/sql';
import { firstIdOf } from '../purge/outbox-rows';

export interface OutboxFlow {
  /** Events written per second, over the last ten seconds. */
  readonly written: number | null;
  readonly waiting: number | null;
  readonly waitingSeconds: number | null;
}

const rateOverMs = 10_000;
/** A watermark comes every second and takes a moment: younger events count as on their way. */
const onTheWayMs = 3_000;
/** The services' clocks make the ids, and before the transaction commits: both may differ by this much. */
const marginMs = 60_000;
/** Counting stops at this number of rows, which is then the answer. */
const countedAtMost = 100_000;

/**
 * Counts what goes through the outbox and what waits in it, by its primary key: ids are UUIDv7.
 *
 * @param arrived the newest watermark that has come through: what was committed before it came, too.
 *   Null: not known, and so is what waits
 */
export async function outboxFlow(sql: Sql, arrived: Date | null): Promise<OutboxFlow> {
  const since = new Date(Date.now() - rateOverMs);
  const [row] = await sql<{ written: number; waiting: number; seconds: number | null }>({
    name: 'measure-outbox-flow',
    text: `SELECT (SELECT count(*) FROM (
                     SELECT FROM public.outbox WHERE id >= $1 LIMIT ${countedAtMost}
                   ) AS written)::float8 AS written,
                  count(*)::float8 AS waiting,
                  extract(epoch FROM clock_timestamp() - min(occurredat))::float8 AS seconds
           FROM (
             SELECT occurredat FROM public.outbox
             WHERE id >= $2 AND occurredat > $3
               AND occurredat < clock_timestamp() - make_interval(secs => ${onTheWayMs / 1_000})
             LIMIT ${countedAtMost}
           ) AS waiting`,
    values: [
      firstIdOf(since),
      firstIdOf(new Date((arrived ?? since).getTime() - marginMs)),
      arrived ?? since,
    ],
  });
  return {
    written: row === undefined ? null : (row.written * 1_000) / rateOverMs,
    waiting: arrived === null ? null : (row?.waiting ?? null),
    waitingSeconds: arrived === null ? null : (row?.seconds ?? null),
  };
}
