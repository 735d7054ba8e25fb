import { query } from 'local/query';
import type { Stack } from '../support/stack';

interface Slot {
  readonly pid: number | null;
  readonly status: string;
}

/** The relay's replication slot; undefined when there is none. */
export async function relaySlot(stack: Stack): Promise<Slot | undefined> {
  const [slot] = await query<Slot>(
    stack.database,
    `SELECT active_pid AS pid, wal_status AS status
     FROM pg_replication_slots WHERE slot_name = 'relay'`,
  );
  return slot;
}

/** The process of PostgreSQL that sends the slot's changes; null when nobody reads them. */
export async function slotReader(stack: Stack): Promise<number | null> {
  return (await relaySlot(stack))?.pid ?? null;
}
