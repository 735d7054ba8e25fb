import { aggregates, type AggregateType, aggregateTypes } from 'contracts/aggregates';
import type { AppliedOrder, AppliedRow, AppliedVersions } from '../../model/changes';
import type { Statement } from '../sql';
import { stateColumnsOf, stateRow } from '../aggregate-state';

/**
 * The tables with the state of each aggregate, besides the views: one for each kind, such as `order_state`. All columns
 * are numbers.
 */
export const aggregateStates = (): string =>
  aggregateTypes
    .map((type) => {
      const columns = stateColumnsOf(type).map((column) => `${column} INTEGER NOT NULL`);
      return `CREATE TABLE ${type}_state (${type}_id INTEGER PRIMARY KEY, ${columns.join(', ')}) STRICT;`;
    })
    .join('\n');

/** SELECT of the aggregates whose ids are in the JSON array `?`. */
export const selectApplied = (type: AggregateType): string =>
  `SELECT ${type}_id AS id, ${stateColumnsOf(type).join(', ')} FROM ${type}_state
   WHERE ${type}_id IN (SELECT value FROM json_each(?))`;

/** Writes the newest states of the aggregates that a step changes, kind by kind. */
export const writesOfStates = (newest: AppliedVersions): Statement[] =>
  aggregateTypes.map((type) => {
    const columns = stateColumnsOf(type);
    const states: ReadonlyMap<number, AppliedOrder | AppliedRow> = newest[aggregates[type].table];
    return {
      sql: `INSERT INTO ${type}_state (${type}_id, ${columns.join(', ')})
            SELECT value ->> 0, ${columns.map((_, i) => `value ->> ${i + 1}`).join(', ')} FROM jsonb_each(?) WHERE true
            ON CONFLICT (${type}_id) DO UPDATE SET
              ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}`,
      rows: [...states].map(([id, state]) => stateRow(id, state)),
    };
  });
