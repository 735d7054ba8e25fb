import type { Sql } from 'service-kit/sql';
import { parseLsn } from './history/judge';

/** The replication slot of the connector JSON. */
export const slotName = 'relay';

export interface Slot {
  /** Whether somebody streams from it; also false while Debezium takes a snapshot. */
  active: boolean;
  /** `lost`: PostgreSQL has removed WAL that the slot needed (max_slot_wal_keep_size). */
  walStatus: 'reserved' | 'extended' | 'unreserved' | 'lost';
  /** WAL that PostgreSQL keeps for the slot; null when it keeps none any more. */
  retainedBytes: number | null;
}

/** @returns null when there is no such slot in this database */
export async function findSlot(sql: Sql): Promise<Slot | null> {
  const [slot] = await sql<Slot>({
    name: 'find-slot',
    text: `SELECT active,
                  wal_status AS "walStatus",
                  pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::float8 AS "retainedBytes"
           FROM pg_replication_slots
           WHERE slot_name = $1 AND database = current_database()`,
    values: [slotName],
  });
  return slot ?? null;
}

/**
 * Whether Debezium is connected and does not stream from a slot that existed before it connected: either it is just
 * connecting, or it takes a snapshot beside that slot. It reads the snapshot's position before the rows, so a commit
 * that is slow to flush may be in neither. (A slot that Debezium has just created begins at the instant of its
 * snapshot.)
 */
export async function isBesideSlot(sql: Sql): Promise<boolean> {
  const found = await sql({
    name: 'find-slot-beside-snapshot',
    text: `SELECT FROM pg_replication_slots WHERE ${besideSlot}`,
    values: [slotName],
  });
  return found.length > 0;
}

const ofDebezium = `usename = current_user AND application_name LIKE 'Debezium%'`;

const idleSlot = 'slot_name = $1 AND database = current_database() AND NOT active';

const besideSlot = `
  ${idleSlot}
  AND inactive_since < (SELECT min(backend_start) FROM pg_stat_activity WHERE ${ofDebezium})`;

/**
 * Drops the slot if `isBesideSlot` still holds, and ends the snapshot beside it. Both happen in one statement: a
 * snapshot that went on would be followed by a slot that begins too late, and commits in between would be in neither.
 *
 * @returns whether there was one to drop
 */
export async function dropSlotBesideSnapshot(sql: Sql): Promise<boolean> {
  const dropped = await sql({
    name: 'drop-slot-beside-snapshot',
    text: `WITH beside AS MATERIALIZED (SELECT slot_name FROM pg_replication_slots WHERE ${besideSlot}),
           ended AS MATERIALIZED (
             SELECT count(pg_terminate_backend(pid, 500))
             FROM pg_stat_activity
             WHERE ${ofDebezium} AND EXISTS (SELECT FROM beside)
           )
           SELECT pg_drop_replication_slot(slot_name) FROM ended, beside`,
    values: [slotName],
  });
  return dropped.length > 0;
}

/** Up to where a slot has been read that nobody reads now, and that still can be; null: there is none. */
export async function findIdleSlotEnd(sql: Sql): Promise<bigint | null> {
  const [slot] = await sql<{ end: string }>({
    name: 'find-idle-slot-end',
    text: `SELECT confirmed_flush_lsn::text AS end
           FROM pg_replication_slots AS slot
           -- PostgreSQL 17 tells the reason.
           WHERE ${idleSlot} AND NOT temporary AND wal_status <> 'lost' AND to_jsonb(slot) ->> 'invalidation_reason' IS NULL`,
    values: [slotName],
  });
  return slot === undefined ? null : parseLsn(slot.end);
}

/** Drops a slot that nobody reads. @returns whether there was one to drop */
export async function dropIdleSlot(sql: Sql): Promise<boolean> {
  const dropped = await sql({
    name: 'drop-idle-slot',
    text: `SELECT pg_drop_replication_slot(slot_name)
           FROM pg_replication_slots
           WHERE ${idleSlot}`,
    values: [slotName],
  });
  return dropped.length > 0;
}

/**
 * Drops the slot if it is still lost and nobody uses it. Debezium waits for a slot that will never
 * come back; without one it creates its own and takes a snapshot, so that nothing is missing.
 *
 * @returns whether there was one to drop
 */
export async function dropLostSlot(sql: Sql): Promise<boolean> {
  const dropped = await sql({
    name: 'drop-lost-slot',
    text: `SELECT pg_drop_replication_slot(slot_name)
           FROM pg_replication_slots
           WHERE ${idleSlot} AND wal_status = 'lost'`,
    values: [slotName],
  });
  return dropped.length > 0;
}
