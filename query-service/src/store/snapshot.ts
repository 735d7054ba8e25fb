import { aggregateTypes } from 'contracts/aggregates';
import type { IdRange, SnapshotHeader } from 'contracts/snapshot';
import { statusName } from './order-status';
import { columnsOf, type Id, isId, type KeptView, sqlName, type Table } from './table';

/** Versions and views as of one instant. The caller closes it. */
export interface Snapshot {
  /** Which history it is of, and how far that was read. */
  readonly origin: Pick<SnapshotHeader, 'sourceId' | 'clusterId' | 'positions'>;
  /**
   * The rows of a section as lines of JSON, page by page, ascending by their key.
   *
   * @param restriction null: all rows
   */
  lines(section: Section, restriction: Restriction | null): AsyncGenerator<readonly string[]>;
  close(): Promise<void>;
}

/** Whose rows are wanted: those of the ids within these ranges. A type without ranges has no rows. */
export type Restriction = Readonly<Record<Id, readonly IdRange[] | undefined>>;

/** Rows of one kind. Its SQL is what all engines understand. */
export interface Section {
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

/** Rows per read: some hundred kilobytes of lines, so that a snapshot of any size needs little memory. */
export const pageSize = 5_000;

/** All that a snapshot has, in its order: applied versions, the views' tables, open dead letters. */
export const sectionsOf = (views: readonly KeptView[]): Section[] => [
  ...aggregates,
  ...views.flatMap((view) => view.tables.map(sectionOf)),
  deadLetters,
];

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
  values: [`${type}_id`, 'version', ...(type === 'order' ? [statusName] : []), 'content'],
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
