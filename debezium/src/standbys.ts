import type { Sql } from 'service-kit/sql';
import type { Seen } from './seen';
import { slotName } from './slot';

/** How far PostgreSQL is prepared for a standby to take over. */
export interface Standbys {
  /** Whether standbys keep a copy of the relay's slot (`slot.failover`). */
  readonly keepSlot: boolean;
  /** Those for which the relay waits, by their slots (`synchronized_standby_slots`). */
  readonly waitedFor: readonly string[];
  /** Those of them that do not stream: the relay stands still. */
  readonly away: readonly string[];
  /** Whether commits wait for a standby (`synchronous_standby_names`). */
  readonly isSynchronous: boolean;
}

/** Before PostgreSQL 17, which can do it, none keeps the slot. */
export async function findStandbys(sql: Sql): Promise<Standbys> {
  const [found] = await sql<Standbys>({
    name: 'find-standbys',
    text: `WITH waited AS MATERIALIZED (
             SELECT trim(part) AS name
             FROM unnest(string_to_array(current_setting('synchronized_standby_slots', true), ',')) AS part
             WHERE trim(part) <> ''
           )
           SELECT EXISTS (
                    SELECT FROM pg_replication_slots AS slot
                    WHERE slot_name = $1 AND database = current_database() AND (to_jsonb(slot) ->> 'failover')::bool
                  ) AS "keepSlot",
                  ARRAY(SELECT name FROM waited) AS "waitedFor",
                  ARRAY(
                    SELECT name FROM waited
                    WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = name AND active)
                  ) AS away,
                  current_setting('synchronous_standby_names') <> '' AS "isSynchronous"`,
    values: [slotName],
  });
  if (found === undefined) throw new Error('PostgreSQL does not tell of its standbys');
  return found;
}

/**
 * What is missing so that a standby can take over and nothing that a client was told is lost, a sentence each; null where nobody
 * has set up a standby, or PostgreSQL has not answered. Pure.
 *
 * Whether the standby's copy of the slot is finished, only the standby can tell: `synced AND NOT temporary` there.
 */
export function missingForFailover(seen: Seen<Standbys> | undefined): string[] | null {
  if (seen?.ok !== true) return null;
  const { keepSlot, waitedFor, away, isSynchronous } = seen.value;
  if (waitedFor.length === 0 && !isSynchronous) return null;
  return [
    ...(keepSlot ? [] : ['no standby keeps the slot: it was made without failover']),
    ...(waitedFor.length > 0
      ? []
      : ['the relay waits for no standby: synchronized_standby_slots is empty']),
    ...away.map((name) => `the standby of the slot ${name} does not stream`),
    ...(isSynchronous ? [] : ['commits wait for no standby: synchronous_standby_names is empty']),
  ];
}
