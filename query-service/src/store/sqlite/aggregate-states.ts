import { aggregates, type AggregateType, aggregateTypes } from 'contracts/aggregates';
import type { AppliedOrder, AppliedRow, AppliedVersions } from '../../model/changes';
import type { Statement } from '../sql';
import { codeOf, statusOf } from '../order-status';

/**
 * The tables with the state of each aggregate, besides the views: one for each kind, such as `order_state`. All columns
 * are numbers.
 */
export const aggregateStates = (): string =>
  aggregateTypes
    .map((type) => {
      const columns = columnsOf(type).map((column) => `${column} INTEGER NOT NULL`);
      return `CREATE TABLE ${type}_state (${type}_id INTEGER PRIMARY KEY, ${columns.join(', ')}) STRICT;`;
    })
    .join('\n');

/** A status as order-status.ts writes it; content: model/content.ts. */
const columnsOf = (type: AggregateType): readonly string[] =>
  type === 'order' ? ['version', 'status', 'content'] : ['version', 'content'];

/** A row of one of these tables. */
export interface AppliedState {
  readonly id: number;
  readonly version: number;
  readonly content: number;
  /** Only orders have a status. */
  readonly status?: number;
}

/** SELECT of the aggregates whose ids are in the JSON array `?`. */
export const selectApplied = (type: AggregateType): string =>
  `SELECT ${type}_id AS id, ${columnsOf(type).join(', ')} FROM ${type}_state
   WHERE ${type}_id IN (SELECT value FROM json_each(?))`;

export function appliedStateOf(
  type: AggregateType,
  { version, content, status = 0 }: AppliedState,
): AppliedOrder | AppliedRow {
  return type === 'order' ? { version, status: statusOf(status), content } : { version, content };
}

/** Writes the newest states of the aggregates that a step changes, kind by kind. */
export const writesOfStates = (newest: AppliedVersions): Statement[] =>
  aggregateTypes.map((type) => {
    const columns = columnsOf(type);
    const states: ReadonlyMap<number, AppliedOrder | AppliedRow> = newest[aggregates[type].table];
    return {
      sql: `INSERT INTO ${type}_state (${type}_id, ${columns.join(', ')})
            SELECT value ->> 0, ${columns.map((_, i) => `value ->> ${i + 1}`).join(', ')} FROM jsonb_each(?) WHERE true
            ON CONFLICT (${type}_id) DO UPDATE SET
              ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}`,
      rows: [...states].map(([id, state]) =>
        'status' in state
          ? [id, state.version, codeOf(state.status), state.content]
          : [id, state.version, state.content],
      ),
    };
  });
