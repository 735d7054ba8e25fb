import type { Statement } from '../sql';
import type { KeptView } from '../table';
import { writesOfStates } from './aggregate-states';
import { healByRecord, healByVersion, insertDeadLetters, settleDeadLetters } from './dead-letters';
import type { RowsWritten, Step } from '../view-store';
import { writesOf } from './tables';

/**
 * The statements of a step, in order: the views, then versions and positions, then the dead letters that it heals. A
 * text is a statement that takes no rows.
 */
export function statementsOf(step: Step, views: readonly KeptView[]): (Statement | string)[] {
  return [
    ...views.flatMap((view) => writesOf(view, step.changes)),
    ...writesOfStates(step.newest),
    insertDeadLetters(step.parked),
    settleDeadLetters(step.settled),
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
    ...(step.healing === null ? [] : [healByRecord(step.healing), healByVersion]),
  ];
}

export function rowsWrittenBy(statements: readonly (Statement | string)[]): RowsWritten {
  const written = new Map<string, number>();
  for (const statement of statements) {
    if (typeof statement === 'string' || statement.table === undefined) continue;
    written.set(statement.table, statement.rows.length);
  }
  return written;
}
