import type { Statement } from '../sql';
import type { KeptView } from '../table';
import { writesOfStates } from './aggregate-states';
import { parkRecords, settleDeadLetters } from '../dead-letters';
import { healByRecord, healByVersion } from './dead-letters';
import { statementOf } from './script';
import type { Step } from '../view-store';
import { writesOf } from './tables';

/**
 * The statements of a step, in order: the views, then versions and positions, then the dead letters that it heals. A
 * text is a statement that takes no rows.
 *
 * @param written gets the number of rows by table
 */
export function* statementsOf(
  step: Step,
  views: readonly KeptView[],
  written: Map<string, number>,
): Generator<Statement | string> {
  for (const view of views) {
    for (const statement of writesOf(view, step.changes)) {
      if (statement.table !== undefined) written.set(statement.table, statement.rows.length);
      yield statement;
    }
  }
  yield* writesOfStates(step.newest);
  yield statementOf(parkRecords(step.parked, {}));
  yield statementOf(settleDeadLetters(step.settled));
  yield {
    sql: `UPDATE origin SET source_id = value FROM jsonb_each(?)`,
    rows: step.sourceId === null ? [] : [step.sourceId],
  };
  yield {
    sql: `INSERT INTO partition_progress (topic, partition, record_offset, event_id)
          SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM jsonb_each(?) WHERE true
          ON CONFLICT (topic, partition) DO UPDATE SET
            record_offset = excluded.record_offset, event_id = excluded.event_id`,
    rows: step.progress.map((at) => [at.topic, at.partition, at.offset, at.eventId]),
  };
  if (step.healing !== null) {
    yield healByRecord(step.healing);
    yield healByVersion;
  }
}
