import type { Statement } from '../views/view';
import { insertDeadLetters, settleDeadLetters } from './dead-letters';
import { writeGaps } from './version-gaps';
import { codeOf } from './order-status';
import type { Step } from './view-store';

/** What a step writes, in order: the views, then what says that they hold it. */
export function statementsOf(step: Step): Statement[] {
  return [
    ...step.statements,
    {
      sql: `INSERT INTO order_state (order_id, version, status)
            SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each(?) WHERE true
            ON CONFLICT (order_id) DO UPDATE SET
              version = excluded.version, status = excluded.status`,
      rows: [...step.orders].map(([id, { version, status }]) => [id, version, codeOf(status)]),
    },
    {
      sql: `INSERT INTO product_state (product_id, version)
            SELECT value ->> 0, value ->> 1 FROM jsonb_each(?) WHERE true
            ON CONFLICT (product_id) DO UPDATE SET version = excluded.version`,
      rows: [...step.products],
    },
    insertDeadLetters(step.parked),
    settleDeadLetters(step.settled),
    ...(step.gaps === null ? [] : writeGaps(step.gaps)),
    {
      sql: `UPDATE origin SET source_id = value FROM jsonb_each(?)`,
      rows: step.sourceId === null ? [] : [step.sourceId],
    },
    {
      sql: `INSERT INTO partition_progress (topic, partition, record_offset, event_id)
            SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM jsonb_each(?) WHERE true
            ON CONFLICT (topic, partition) DO UPDATE SET
              record_offset = excluded.record_offset, event_id = excluded.event_id`,
      rows: step.progress.map((at) => [at.topic, at.partition, at.offset, at.eventId]),
    },
  ];
}
