import type { SnapshotHeader } from 'contracts/snapshot';
import type { Origin } from '../../model/history';
import { pageSize, type Restriction, type Section, type Snapshot } from '../snapshot';
import type { Connection } from './connection';

/** Opens a read transaction. @param connection closed with the snapshot, and when it cannot be opened */
export async function openSnapshot(connection: Connection): Promise<Snapshot> {
  try {
    await connection.script('BEGIN');
    const origin = await readOrigin(connection);
    return {
      origin,
      lines: (section, restriction) => rowsOf(connection, section, restriction),
      close: () => connection.close(),
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function readOrigin(connection: Connection): Promise<Snapshot['origin']> {
  const [origin] = await connection.all<Origin>(
    'SELECT source_id AS sourceId, cluster_id AS clusterId FROM origin',
  );
  const positions = await connection.all<SnapshotHeader['positions'][number]>(
    `SELECT topic, partition, record_offset AS "offset" FROM partition_progress
     ORDER BY topic, partition`,
  );
  return { sourceId: origin?.sourceId ?? null, clusterId: origin?.clusterId ?? null, positions };
}

/** The rows of a section, page by page. No statement stays open between pages. */
async function* rowsOf(
  connection: Connection,
  section: Section,
  restriction: Restriction | null,
): AsyncGenerator<string[]> {
  const { key, ids } = section;
  const [first] = ids;
  if (restriction === null || first === undefined) {
    yield* pagesOf(connection, section, []);
  } else if (ids.length === 1 && first[0] === key[0]) {
    // The key begins with the id, so only the ranges are read.
    for (const { from, to } of restriction[first[1]] ?? []) {
      yield* pagesOf(connection, section, [
        { sql: `${first[0]} >= ? ->> 0`, json: [from] },
        { sql: `${first[0]} <= ? ->> 0`, json: [to] },
      ]);
    }
  } else {
    const wanted = ids.map(([column, id]) => ({
      sql: `EXISTS (SELECT 1 FROM jsonb_each(?) WHERE ${column} BETWEEN value ->> 0 AND value ->> 1)`,
      json: (restriction[id] ?? []).map(({ from, to }) => [from, to]),
    }));
    yield* pagesOf(connection, section, wanted);
  }
}

interface Condition {
  /** `?` stands for `json`. */
  readonly sql: string;
  readonly json: readonly unknown[];
}

interface Line {
  readonly line: string;
  /** The key after which the next page begins, as a JSON array. */
  readonly key: string;
}

async function* pagesOf(
  connection: Connection,
  { name, table, key, values, where }: Section,
  conditions: readonly Condition[],
): AsyncGenerator<string[]> {
  const keys = key.join(', ');
  const columns = `json_array('${name}', ${values.join(', ')}) AS line, json_array(${keys}) AS key`;
  const parameters = conditions.map(({ json }) => JSON.stringify(json));
  const page = (behind: string[]): string => `
    SELECT ${columns} FROM ${table}
    WHERE ${[where ?? 'true', ...conditions.map(({ sql }) => sql), ...behind].join(' AND ')}
    ORDER BY ${keys} LIMIT ${pageSize}`;
  const next = page([`(${keys}) > (${key.map((_, i) => `? ->> ${i}`).join(', ')})`]);

  let rows = await connection.all<Line>(page([]), ...parameters);
  for (;;) {
    if (rows.length > 0) yield rows.map(({ line }) => line);
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageSize) return;
    rows = await connection.all<Line>(next, ...parameters, ...key.map(() => last.key));
  }
}
