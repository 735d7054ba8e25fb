import { failpoint } from 'service-kit/failpoints';
import { failpoints } from '../failpoints';
import type { Sql } from '../transaction';
import type { AggregateName } from './aggregate-name';

/**
 * The outbox row of one version, unless it was purged. One of another source id belongs to the
 * history before this database was restored: its consumers have stopped at that.
 */
export async function findEvent(
  sql: Sql,
  { type, id }: AggregateName,
  version: number,
): Promise<{ id: string; topic: string } | undefined> {
  const [event] = await sql<{ id: string; topic: string }>(
    `SELECT id, topic
     FROM outbox
     WHERE aggregatetype = $1 AND aggregateid = $2 AND aggregateversion = $3
       AND sourceid = (SELECT source_id FROM source)
     ORDER BY id
     LIMIT 1`,
    [type, String(id), version],
  );
  await failpoint(failpoints.reemitEventLookedUp);
  return event;
}

/**
 * Writes an outbox row again as it is: the relay sees every insert.
 *
 * @returns false when the row is gone
 */
export async function reemitEvent(sql: Sql, eventId: string): Promise<boolean> {
  const [written] = await sql<{ again: boolean }>(`SELECT reemit_event($1) AS again`, [eventId]);
  await failpoint(failpoints.reemitRowWritten);
  return written?.again === true;
}
