import type { Rights } from './slice';
import { slices } from './slices';

/**
 * The role gets only the rights that commands need, so whoever takes over the service cannot rewrite the past.
 * Readiness checks the same rights.
 */
export const tableRights: Readonly<Record<string, Rights>> = {
  migrations: { table: ['SELECT'] },
  source: { table: ['SELECT'] },
  outbox_topics: { table: ['SELECT'] },
  event_types: { table: ['SELECT'] },
  accepted_history: { table: ['SELECT'] },
  ...Object.fromEntries(Object.values(slices).flatMap((slice) => Object.entries(slice.rights))),
  outbox: { table: ['SELECT', 'INSERT'] },
  idempotency_keys: { table: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] },
};

/** All that the role that the service runs as may do, as GRANT has it. */
export const serviceRights = [
  ...Object.entries(tableRights).flatMap(([name, { table, inserts = [], changes = [] }]) => [
    `${table.join(', ')} ON ${name}`,
    ...(inserts.length > 0 ? [`INSERT (${inserts.join(', ')}) ON ${name}`] : []),
    ...(changes.length > 0 ? [`UPDATE (${changes.join(', ')}) ON ${name}`] : []),
  ]),
  'EXECUTE ON FUNCTION reemit_event(uuid), present_history()',
];
