import type { SnapshotHeader } from 'contracts/snapshot';
import type { Sql } from 'service-kit/sql';
import type { Origin } from '../../model/history';
import { pageSize, type Restriction, type Section, type Snapshot } from '../snapshot';
import { type Database, nameOf } from './database';

/**
 * Opens a transaction that sees one instant, on a new connection. With Citus, that is one of each partition: it reads the rows of a
 * source by the connection that it has read the source's progress by.
 */
export async function openSnapshot(database: Database): Promise<Snapshot> {
  const { sql, end } = await database.snapshot();
  try {
    const origin = await readOrigin(sql);
    return {
      origin,
      lines: (section, restriction) => linesOf(sql, section, restriction),
      close: () => Promise.resolve(end()),
    };
  } catch (error) {
    end();
    throw error;
  }
}

async function readOrigin(sql: Sql): Promise<Snapshot['origin']> {
  const [origin] = await sql<Origin>({
    name: 'snapshot-origin',
    text: 'SELECT source_id AS "sourceId", cluster_id AS "clusterId" FROM origin',
  });
  const positions = await sql<SnapshotHeader['positions'][number]>({
    name: 'snapshot-positions',
    text: `SELECT topic, partition, record_offset AS "offset" FROM progress
           WHERE record_offset IS NOT NULL ORDER BY topic, partition`,
  });
  return { sourceId: origin?.sourceId ?? null, clusterId: origin?.clusterId ?? null, positions };
}

/** A row's values, each as JSON text; the key's values come first. */
type Line = Record<string, string | null>;

async function* linesOf(
  sql: Sql,
  { name, table, key, values, ids, where }: Section,
  restriction: Restriction | null,
): AsyncGenerator<string[]> {
  const wanted = ids.map(([column, id]) => rangesOf(column, restriction?.[id] ?? []));
  const isRestricted = restriction !== null && ids.length > 0;
  const keys = key.join(', ');
  const columns = values.map((value, i) => `to_json(${value})::text AS v${i}`).join(', ');
  let behind: string[] = [];
  for (;;) {
    const conditions = [
      where ?? 'true',
      ...(isRestricted ? wanted : []),
      ...(behind.length > 0 ? [`(${keys}) > (${key.map((_, i) => `$${i + 1}`).join(', ')})`] : []),
    ];
    const text = `SELECT ${columns} FROM ${table} WHERE ${conditions.join(' AND ')} ORDER BY ${keys} LIMIT ${pageSize}`;
    const rows = await sql<Line>({ name: nameOf('page', text), text, values: behind });
    if (rows.length > 0) yield rows.map((row) => lineOf(name, row));
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageSize) return;
    behind = key.map((_, i) => String(JSON.parse(last[`v${i}`] ?? 'null')));
  }
}

/** @param ranges of integers, which need no escaping */
const rangesOf = (column: string, ranges: readonly { from: number; to: number }[]): string =>
  `(${[...ranges.map(({ from, to }) => `${column} BETWEEN ${from} AND ${to}`), 'false'].join(' OR ')})`;

const lineOf = (name: string, row: Line): string =>
  `[${[JSON.stringify(name), ...Object.values(row).map((value) => value ?? 'null')].join(',')}]`;
