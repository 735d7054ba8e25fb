import type { Sql } from 'service-kit/sql';
import type { Changes } from '../../model/changes';
import {
  columnsOf,
  type KeptView,
  remembered,
  type Row,
  selected,
  sqlName,
  type Table,
  updatesOf,
  writesInto,
} from '../table';
import type { ColumnType } from '../sql';
import { columnsAsArrays, rowsOfSource, unnest } from './arrays';
import { nameOf } from './database';

/** The name of the table with what each source has added. */
const bySource = (table: Pick<Table, 'name'>): string => `${sqlName(table)}_by_source`;

/** Whether a table's rows are stored. The rows of others are derived when they are read. */
const isKept = ({ postgres }: KeptView, table: Table): boolean =>
  postgres?.derived[table.name] === undefined;

/** The names of tables that are not stored. */
export const derivedTables = (views: readonly KeptView[]): ReadonlySet<string> =>
  new Set(views.flatMap(({ postgres }) => Object.keys(postgres?.derived ?? {})));

/**
 * The CREATE statements of a view. Each table is stored by source; its own name is an SQL view that adds up the
 * sources. Only one source sets the values of a row, because all events of an aggregate are in one partition.
 */
export const schemaOf = (view: KeptView, isDistributed: boolean): string =>
  [
    ...view.tables.map((table) => {
      const inCitus = isDistributed ? view.postgres?.derivedInCitus?.[table.name] : undefined;
      const derived = inCitus ?? view.postgres?.derived[table.name];
      if (derived !== undefined) return `CREATE VIEW ${sqlName(table)} AS ${derived};`;
      return `${creationOf(table)}\n${sumOf(table)}`;
    }),
    view.postgres?.schema ?? '',
  ].join('\n');

/** A row's next version fits on its page then, and the index need not hear of it: a sixth of what a step costs. */
export const roomForVersions = 'WITH (fillfactor = 70)';

function creationOf(table: Table): string {
  const columns = columnsOf(table).map((column) => {
    const isNull = column in table.sets;
    return `${column} ${typeOf(table, column)}${isNull ? '' : ' NOT NULL'}`;
  });
  return `CREATE TABLE ${bySource(table)} (
    source integer NOT NULL,
    ${columns.join(',\n    ')},
    PRIMARY KEY (${[...Object.keys(table.key), 'source'].join(', ')})
  ) ${roomForVersions};`;
}

function sumOf(table: Table): string {
  const keys = Object.keys(table.key);
  const columns = columnsOf(table).map((column) => `${sumIn(table, column)} AS ${column}`);
  return `CREATE VIEW ${sqlName(table)} AS
    SELECT ${columns.join(', ')} FROM ${bySource(table)} GROUP BY ${keys.join(', ')};`;
}

/** What all sources together have in a column. */
function sumIn(table: Table, column: string): string {
  if (column in table.key) return column;
  return column in table.adds ? `CAST(sum(${column}) AS bigint)` : `max(${column})`;
}

function typeOf({ key, adds, sets }: Table, column: string): ColumnType {
  const declared = { ...key, ...adds, ...sets }[column] ?? 'integer';
  return declared.startsWith('text') ? 'text' : 'bigint';
}

/**
 * Writes what a batch of one source changes, each table by one statement.
 *
 * @returns the number of written rows, by the tables' names
 */
export async function writeView(
  sql: Sql,
  view: KeptView,
  changes: Changes,
  source: number,
): Promise<[table: string, rows: number][]> {
  const rows = view.rows(changes);
  const written: [string, number][] = [];
  for (const [index, table] of view.tables.entries()) {
    if (!isKept(view, table)) continue;
    const writes = writesInto(table, rows[index] ?? []);
    await write(sql, upsertOf(table), writes.rows, source);
    await write(sql, deletionOf(table), writes.maybeGone, source);
    written.push([table.name, writes.rows.length]);
  }
  return written;
}

/** A statement over rows: `$1` is the source, and the columns follow. */
interface RowsStatement {
  readonly name: string;
  readonly text: string;
  readonly types: readonly ColumnType[];
}

async function write(
  sql: Sql,
  { name, text, types }: RowsStatement,
  rows: readonly Row[],
  source: number,
): Promise<void> {
  if (rows.length === 0) return;
  const sorted = [...rows].sort(byColumns);
  await sql({ name, text, values: [source, ...columnsAsArrays(sorted, types)] });
}

/** Sorts rows as the index does, so that neighbours are on the same page. */
function byColumns(a: Row, b: Row): number {
  for (let i = 0; i < a.length; i++) {
    const [left, right] = [a[i] ?? 0, b[i] ?? 0];
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

const upsertOf = remembered((table) => {
  const columns = columnsOf(table);
  const types = columns.map((column) => typeOf(table, column));
  const text = `
    INSERT INTO ${bySource(table)} AS kept (source, ${columns.join(', ')})
    SELECT ${rowsOfSource(types)}
    ON CONFLICT (${[...Object.keys(table.key), 'source'].join(', ')}) DO ${updatesOf(table, 'kept')}`;
  return { name: nameOf('upsert', text), text, types };
});

const deletionOf = remembered((table) => {
  const key = Object.keys(table.key);
  const types = key.map((column) => typeOf(table, column));
  const text = `
    DELETE FROM ${bySource(table)} AS kept USING ${unnest(types, 2)} AS gone (${key.join(', ')})
    WHERE kept.source = $1 AND kept.${table.goneAt0} = 0
      AND ${key.map((column) => `kept.${column} = gone.${column}`).join(' AND ')}`;
  return { name: nameOf('delete', text), text, types };
});

/** SELECT of the rows that have the keys of an array, `$1`. Money comes as text: it may be more than a double holds. */
export const selectByKey = remembered((table) => {
  const [key = ''] = Object.keys(table.key);
  const text = `SELECT ${selected(table, (column) => sumIn(table, column))} FROM ${bySource(table)}
    WHERE ${key} = ANY ($1::${typeOf(table, key)}[]) GROUP BY ${key}`;
  return { name: nameOf('select', text), text };
});

/** The same of a table that is not stored. */
export const selectDerivedByKey = remembered((table) => {
  const [key = ''] = Object.keys(table.key);
  const text = `SELECT ${selected(table, itself)} FROM ${sqlName(table)} WHERE ${key} = ANY ($1::${typeOf(table, key)}[])`;
  return { name: nameOf('select', text), text };
});

/** SELECT of all rows, money as text. */
export const selectAll = remembered((table) => {
  const text = `SELECT ${selected(table, itself)} FROM ${sqlName(table)}`;
  return { name: nameOf('select', text), text };
});

const itself = (column: string): string => column;
