import { aggregates, type AggregateType, aggregateTypes } from 'contracts/aggregates';
import type { Sql } from 'service-kit/sql';
import type { AppliedOrder, AppliedRow, AppliedVersions } from '../../model/changes';
import { Elsewhere, type Home } from '../elsewhere';
import { type AppliedState, appliedStateOf, stateColumnsOf, stateRow } from '../aggregate-state';
import { columnsAsArrays, rowsOfSource } from './arrays';
import type { Source } from './source';

/** The tables with the state of each aggregate, besides the views. An aggregate is in one source, the one that first told of it. */
export const aggregateStates = (): string =>
  aggregateTypes
    .map((type) => {
      const columns = [`${type}_id`, ...stateColumnsOf(type)];
      return `
        CREATE TABLE ${type}_state_by_source (
          source integer NOT NULL,
          ${columns.map((column) => `${column} bigint NOT NULL`).join(', ')},
          PRIMARY KEY (${type}_id, source)
        );
        CREATE VIEW ${type}_state AS SELECT ${columns.map(shown).join(', ')} FROM ${type}_state_by_source;`;
    })
    .join('\n');

/** `json ->> status` takes an integer. */
const shown = (column: string): string =>
  column === 'status' ? 'CAST(status AS integer) AS status' : column;

/**
 * The newest applied versions of aggregates of one kind.
 *
 * @param source the source of the events. Each aggregate is kept of one source: a second one would count it again
 * @throws {Elsewhere} when some of them are kept of other sources
 */
export async function readApplied(
  sql: Sql,
  type: AggregateType,
  ids: readonly number[],
  source: Source,
): Promise<Map<number, AppliedOrder | AppliedRow>> {
  const rows = await sql<AppliedState & { source: number }>({
    name: `applied-${type}`,
    text: `SELECT ${type}_id AS id, source, ${stateColumnsOf(type).join(', ')} FROM ${type}_state_by_source
           WHERE ${type}_id = ANY ($1::bigint[])`,
    values: [`{${ids.join(',')}}`],
  });
  const elsewhere = rows.filter((row) => row.source !== source.number);
  if (elsewhere.length > 0) throw new Elsewhere(await homesOf(sql, type, elsewhere));
  return new Map(rows.map((row) => [row.id, appliedStateOf(type, row)]));
}

/** Where these are kept. Whoever writes there reads the states again, after `seq`. */
async function homesOf(
  sql: Sql,
  aggregate: AggregateType,
  rows: readonly { readonly id: number; readonly source: number }[],
): Promise<Home[]> {
  const sources = new Set(rows.map(({ source }) => source));
  const bases = await sql<Home['basis'] & { source: number }>({
    name: 'read-homes',
    text: 'SELECT source, topic, partition, seq FROM progress WHERE source = ANY ($1::integer[])',
    values: [`{${[...sources].join(',')}}`],
  });
  return bases.map(({ source, ...basis }) => ({
    ...{ basis, aggregate },
    ids: new Set(rows.filter((row) => row.source === source).map(({ id }) => id)),
  }));
}

/** Writes the newest states of the aggregates that a step changes. */
export async function writeStates(
  sql: Sql,
  newest: AppliedVersions,
  source: number,
): Promise<void> {
  for (const type of aggregateTypes) {
    const states: ReadonlyMap<number, AppliedOrder | AppliedRow> = newest[aggregates[type].table];
    if (states.size === 0) continue;
    const columns = stateColumnsOf(type);
    const types = [`${type}_id`, ...columns].map(() => 'bigint' as const);
    const rows = [...states].sort(([a], [b]) => a - b).map(([id, state]) => stateRow(id, state));
    await sql({
      name: `write-${type}-states`,
      text: `INSERT INTO ${type}_state_by_source (source, ${type}_id, ${columns.join(', ')})
             SELECT ${rowsOfSource(types)}
             ON CONFLICT (${type}_id, source) DO UPDATE SET
               ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}`,
      values: [source, ...columnsAsArrays(rows, types)],
    });
  }
}

/** The applied versions of those of these aggregates that are known. */
export const readVersions = (
  sql: Sql,
  type: AggregateType,
  ids: readonly number[],
): Promise<{ id: number; version: number }[]> =>
  sql<{ id: number; version: number }>({
    name: `versions-of-${aggregates[type].table}`,
    text: `SELECT ${type}_id AS id, version FROM ${type}_state WHERE ${type}_id = ANY ($1::bigint[])`,
    values: [ids],
  });
