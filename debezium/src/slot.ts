import type { Pool } from 'pg';

/** The replication slot of the connector JSON. */
export const slotName = 'relay';

export interface Slot {
  /** Somebody streams from it. False while Debezium takes a snapshot, too. */
  active: boolean;
  /** `lost`: PostgreSQL has removed WAL that the slot needed (max_slot_wal_keep_size). */
  walStatus: 'reserved' | 'extended' | 'unreserved' | 'lost';
  /** WAL that PostgreSQL keeps for the slot; null when it keeps none any more. */
  retainedBytes: number | null;
}

/** @returns null when there is no such slot in this database */
export async function findSlot(pool: Pool): Promise<Slot | null> {
  const { rows } = await pool.query<Slot>(
    `SELECT active,
            wal_status AS "walStatus",
            pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::float8 AS "retainedBytes"
     FROM pg_replication_slots
     WHERE slot_name = $1 AND database = current_database()`,
    [slotName],
  );
  return rows[0] ?? null;
}

/**
 * Drops the slot if it is still lost and nobody uses it. Debezium waits for a slot that will never
 * come back; without one it creates its own and takes a snapshot, so that nothing is missing.
 *
 * @returns whether there was one to drop
 */
export async function dropLostSlot(pool: Pool): Promise<boolean> {
  const { rowCount } = await pool.query(
    `SELECT pg_drop_replication_slot(slot_name)
     FROM pg_replication_slots
     WHERE slot_name = $1 AND database = current_database() AND wal_status = 'lost' AND NOT active`,
    [slotName],
  );
  return rowCount !== 0;
}
