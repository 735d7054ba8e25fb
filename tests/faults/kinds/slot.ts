import { query } from 'local/query';
import { until } from 'local/until';
import type { Fault } from '../fault';
import { familyOf, signalAll } from '../processes';
import { relaySlot } from '../slot';

const deadlineMs = 90_000;

export const slotFaults: Fault[] = [
  {
    name: 'slot: dropped',
    disturbs: ['connector'],
    needs: ['postgres'],
    inject: async ({ system: { stack } }) => {
      const before = await until(async () => {
        const slot = await relaySlot(stack);
        if (slot?.pid == null) throw new Error('nobody reads the slot before the fault');
        return slot;
      }, deadlineMs);
      // Who reads it comes back within a second.
      await until(
        async () => {
          const readers = `SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots
                           WHERE slot_name = 'relay' AND active_pid IS NOT NULL`;
          await query(stack.database, readers);
          await query(stack.database, `SELECT pg_drop_replication_slot('relay')`);
        },
        deadlineMs,
        undefined,
        5,
      );
      return { happened: () => `PostgreSQL dropped the slot that ${before.pid} had read` };
    },
  },
  {
    // The relay stands still until PostgreSQL keeps its WAL no longer (max_slot_wal_keep_size).
    name: 'slot: invalidated',
    disturbs: ['connector', 'connect'],
    needs: ['postgres'],
    inject: async ({ system: { stack } }) => {
      const connect = familyOf(await until(() => stack.runningPid('connect'), deadlineMs));
      signalAll(connect, 'SIGSTOP');
      try {
        // Segments without content need not be filled with zeros first.
        await query(stack.database, 'ALTER SYSTEM SET wal_init_zero = off');
        await query(stack.database, 'SELECT pg_reload_conf()');
        await until(async () => {
          await query(
            stack.database,
            `DO $$ BEGIN
               FOR segment IN 1..8 LOOP
                 PERFORM pg_logical_emit_message(false, 'fault', 'so that the segment is not empty');
                 PERFORM pg_switch_wal();
               END LOOP;
             END $$`,
          );
          await query(stack.database, 'CHECKPOINT');
          const slot = await relaySlot(stack);
          if (slot !== undefined && slot.status !== 'lost') {
            throw new Error(`the slot is ${slot.status}`);
          }
        }, deadlineMs);
      } catch (error) {
        signalAll(connect, 'SIGCONT');
        throw error;
      }
      return {
        happened: () => 'wal_status of the slot was lost',
        end: () => signalAll(connect, 'SIGCONT'),
      };
    },
  },
];
