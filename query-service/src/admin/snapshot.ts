import { Readable } from 'node:stream';
import Router from '@koa/router';
import { aggregates as contract, aggregateTypes, eachAggregate } from 'contracts/aggregates';
import {
  type IdRange,
  parseRanges,
  type SnapshotEndLine,
  type SnapshotHeader,
} from 'contracts/snapshot';
import { Problem } from 'service-kit/problem';
import type { Replica } from '../replica';
import type { SnapshotReader } from '../store/view-store';
import { snapshotColumns } from '../store/sqlite/aggregate-states';
import { sqlName } from '../store/sqlite/tables';
import { columnsOf, type Id, isId, type Table } from '../store/table';

/**
 * A client that stops reading keeps the file's log from being cut: its connection is closed after this. Not sooner,
 * because reconcile reads nothing while PostgreSQL sums up all order lines, seconds per million of them.
 */
const stalledAfterMs = 600_000;

/** Rows per read: some hundred kilobytes of lines, so that a snapshot of any size needs little memory. */
const pageSize = 5_000;

/**
 * `GET /snapshot`: versions and views as of one instant, for comparing them with PostgreSQL.
 * One read transaction on a connection of its own, streamed as lines (contracts/snapshot.ts).
 *
 * `?orders=1-1000,…`, `?products=…` and `?customers=…` restrict it to those aggregates, and to the rows of those orders,
 * products and customers in the views' tables that have such an id in their key; with one of them given, the others are
 * empty unless given too. Tables without an id, and dead letters, come whole. `?of=candidate` is the file that a rebuild
 * makes ready.
 */
export function snapshotRoutes(replica: Replica): Router {
  const router = new Router();
  router.get('/snapshot', async (ctx) => {
    const byCustomer = { customer: readRanges('customers', ctx.query.customers) };
    const given: Restriction = {
      ...byCustomer,
      ...eachAggregate((type) => {
        const { table } = contract[type];
        return readRanges(table, ctx.query[table]);
      }),
    };
    const which = readFile(ctx.query.of);
    const isWhole = Object.values(given).every((ranges) => ranges === undefined);
    const restriction = isWhole ? null : given;
    const { connection, lines } = await startSnapshot(replica, which, restriction);
    ctx.res.setTimeout(stalledAfterMs);
    ctx.type = 'application/x-ndjson';
    // Its first line is read within the transaction and sent at once: a client that has it knows that
    // nothing behind it is newer.
    const body = Readable.from(lines, { objectMode: false, highWaterMark: 1 });
    // Read to its end, given up in the middle, or never read, as by HEAD. Closing ends the transaction.
    body.once('close', () => void connection.close());
    ctx.body = body;
  });
  return router;
}

/** Whose rows are wanted: those of the ids within these ranges. A type without ranges has no rows. */
type Restriction = Readonly<Record<Id, readonly IdRange[] | undefined>>;

/** Opens the transaction before the answer begins, so that what fails here is still a problem. */
async function startSnapshot(
  replica: Replica,
  which: 'serving' | 'candidate',
  restriction: Restriction | null,
): Promise<{ connection: SnapshotReader; lines: AsyncGenerator<string> }> {
  // Read before the transaction begins: what it sees is at least as fresh.
  const asOf = replica.asOfFile(which);
  const unverified = which === 'serving' ? replica.doubtToken : null;
  const connection = await replica.openSnapshot(which);
  try {
    await connection.script('BEGIN');
    const { version, views } = replica.definition;
    const tables = views.flatMap((view) => view.tables);
    const header = {
      projectionVersion: version,
      ...(await readOrigin(connection)),
      asOf,
      unverified,
      tables: tables.map(({ name, key, adds, sets }) => ({
        name,
        key: Object.keys(key),
        columns: Object.keys({ ...adds, ...sets }),
      })),
    };
    const sections = [...aggregates, ...tables.map(sectionOf), deadLetters];
    return { connection, lines: write(connection, header, sections, restriction) };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function* write(
  connection: SnapshotReader,
  header: SnapshotHeader,
  sections: readonly Section[],
  restriction: Restriction | null,
): AsyncGenerator<string> {
  yield `${JSON.stringify({ snapshot: header })}\n`;
  const counts: Record<string, number> = {};
  for (const section of sections) {
    let count = 0;
    for await (const rows of rowsOf(connection, section, restriction)) {
      count += rows.length;
      yield rows.map(({ line }) => `${line}\n`).join('');
    }
    counts[section.name] = count;
  }
  const last: SnapshotEndLine = { end: counts };
  yield `${JSON.stringify(last)}\n`;
}

async function readOrigin(
  connection: SnapshotReader,
): Promise<Pick<SnapshotHeader, 'sourceId' | 'clusterId' | 'positions'>> {
  const [origin] = await connection.all<{ sourceId: string | null; clusterId: string | null }>(
    'SELECT source_id AS sourceId, cluster_id AS clusterId FROM origin',
  );
  const positions = await connection.all<SnapshotHeader['positions'][number]>(
    `SELECT topic, partition, record_offset AS "offset" FROM partition_progress
     ORDER BY topic, partition`,
  );
  return { sourceId: origin?.sourceId ?? null, clusterId: origin?.clusterId ?? null, positions };
}

/** Rows of one kind, ascending by their key. */
interface Section {
  /** Stands before the values in each of its lines. */
  readonly name: string;
  readonly table: string;
  readonly key: readonly string[];
  /** What a line has: the key's columns first. */
  readonly values: readonly string[];
  /** The key's columns that tell whose row it is. */
  readonly ids: readonly (readonly [column: string, id: Id])[];
  readonly where?: string;
}

function sectionOf(table: Table): Section {
  const ids = Object.entries(table.key).flatMap(([column, type]) =>
    isId(type) ? [[column, type] as const] : [],
  );
  const { name, key } = table;
  return { name, table: sqlName(table), key: Object.keys(key), values: columnsOf(table), ids };
}

const aggregates: readonly Section[] = aggregateTypes.map((type) => ({
  name: type,
  table: `${type}_state`,
  key: [`${type}_id`],
  values: snapshotColumns(type),
  ids: [[`${type}_id`, type]],
}));

/** All of them in a restricted snapshot, too: a dead letter may not tell whose it is. */
const deadLetters: Section = {
  name: 'dead-letter',
  table: 'dead_letter',
  key: ['id'],
  values: [
    'id',
    `topic || '/' || partition || '@' || record_offset`,
    'kind',
    'subject',
    'version',
    'reason',
  ],
  ids: [],
  where: `state = 'open'`,
};

interface Line {
  readonly line: string;
  /** What the next page begins behind, as a JSON array. */
  readonly key: string;
}

/** The rows of a section, page by page: no statement stays open between two of them. */
async function* rowsOf(
  connection: SnapshotReader,
  section: Section,
  restriction: Restriction | null,
): AsyncGenerator<Line[]> {
  const { key, ids } = section;
  const [first] = ids;
  if (restriction === null || first === undefined) {
    yield* pagesOf(connection, section, []);
  } else if (ids.length === 1 && first[0] === key[0]) {
    // The key begins with the id: only the ranges are read.
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

async function* pagesOf(
  connection: SnapshotReader,
  { name, table, key, values, where }: Section,
  conditions: readonly Condition[],
): AsyncGenerator<Line[]> {
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
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageSize) return;
    rows = await connection.all<Line>(next, ...parameters, ...key.map(() => last.key));
  }
}

function readFile(text: string | string[] | undefined): 'serving' | 'candidate' {
  if (text === undefined || text === 'serving') return 'serving';
  if (text === 'candidate') return 'candidate';
  throw new Problem(400, 'of must be serving or candidate');
}

function readRanges(name: string, text: string | string[] | undefined): IdRange[] | undefined {
  if (text === undefined) return undefined;
  const ranges = typeof text === 'string' ? parseRanges(text) : null;
  if (ranges === null) throw new Problem(400, `${name} must be ranges of ids such as 1-1000,7-7`);
  return ranges;
}
