import type { Changes } from '../../model/changes';
import type { Statement } from '../sql';
import {
  columnsOf,
  type KeptView,
  remembered,
  selected,
  sqlName,
  type Table,
  updatesOf,
  writesInto,
} from '../table';

/** The CREATE statements of a view. */
export const schemaOf = ({ tables, sqlite }: KeptView): string =>
  [...tables.map(creationOf), sqlite?.schema ?? ''].join('\n');

function creationOf(table: Table): string {
  const key = Object.entries(table.key);
  const isRowid = key.length === 1 && key[0]?.[1] !== 'text';
  const types = { ...table.key, ...table.adds, ...table.sets };
  const columns = Object.entries(types).map(([name, type]) => {
    const sqlType = type.startsWith('text') ? 'TEXT' : 'INTEGER';
    const isKey = isRowid && name in table.key;
    return `${name} ${sqlType}${isKey ? ' PRIMARY KEY' : type.endsWith('or null') ? '' : ' NOT NULL'}`;
  });
  if (!isRowid) columns.push(`PRIMARY KEY (${Object.keys(table.key).join(', ')})`);
  return `CREATE TABLE ${sqlName(table)} (
    ${columns.join(',\n    ')}
  ) STRICT${isRowid ? '' : ', WITHOUT ROWID'};`;
}

/** The statements of a batch for the tables of a view, one for each. */
export function writesOf(view: KeptView, changes: Changes): readonly Statement[] {
  const rows = view.rows(changes);
  const upserts = view.tables.flatMap((table, index) => {
    const writes = writesInto(table, rows[index] ?? []);
    const upsert = { sql: upsertOf(table), rows: writes.rows, table: table.name };
    return table.goneAt0 === undefined
      ? [upsert]
      : [upsert, { sql: deletionOf(table), rows: writes.maybeGone }];
  });
  return view.sqlite?.writes(changes, upserts) ?? upserts;
}

/** An upsert for a whole batch: `?` stands for the rows as JSON. */
const upsertOf = remembered((table) => {
  const columns = columnsOf(table);
  const name = sqlName(table);
  return `
    INSERT INTO ${name} (${columns.join(', ')})
    SELECT ${valuesOf(columns)} FROM jsonb_each(?) WHERE true
    ON CONFLICT (${Object.keys(table.key).join(', ')}) DO ${updatesOf(table, name)}`;
});

const deletionOf = remembered((table) => {
  const key = Object.keys(table.key);
  return `
    DELETE FROM ${sqlName(table)}
    WHERE ${table.goneAt0} = 0 AND (${key.join(', ')}) IN (SELECT ${valuesOf(key)} FROM jsonb_each(?))`;
});

/**
 * SELECT of the rows that have the keys of a JSON array, `?`: `key` is a key's place there.
 *
 * @param table of one key column
 */
export const selectByKey = remembered((table) => {
  const [key] = Object.keys(table.key);
  const name = sqlName(table);
  return `SELECT json_each.key, ${ownColumns(table)}
    FROM json_each(?) CROSS JOIN ${name} ON ${name}.${key} = json_each.value`;
});

/** SELECT of all rows, money as text. */
export const selectAll = remembered(
  (table) => `SELECT ${ownColumns(table)} FROM ${sqlName(table)}`,
);

const ownColumns = (table: Table): string =>
  selected(table, (column) => `${sqlName(table)}.${column}`);

/** SQL that reads the columns' values from a row of the batch's JSON. */
const valuesOf = (columns: readonly string[]): string =>
  columns.map((_, index) => `value ->> ${index}`).join(', ');
