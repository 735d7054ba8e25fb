import { aggregateTypes } from 'contracts/aggregates';
import type { IdRange, SnapshotHeader } from 'contracts/snapshot';
import { statusName } from './order-status';
import { columnsOf, type Id, isId, type KeptView, sqlName, type Table } from './table';

/** Versions and views as of one instant. The caller closes it. */
export interface Snapshot {
  /** The history of the views, and the positions. */
  readonly origin: Pick<SnapshotHeader, 'sourceId' | 'clusterId' | 'positions'>;
  /**
   * The rows of a section as lines of JSON, page by page, ascending by their key.
   *
   * @param restriction null: all rows
   */
  lines(section: Section, restriction: Restriction | null): AsyncGenerator<readonly string[]>;
  close(): Promise<void>;
}

/** The ids whose rows are wanted. A type without ranges has no rows. */
export type Restriction = Readonly<Record<Id, readonly IdRange[] | undefined>>;

/** A section with rows of one kind. All engines understand its SQL. */
export interface Section {
  /** The first element of each of its lines. */
  readonly name: string;
  readonly table: string;
  readonly key: readonly string[];
  /** The columns of a line, beginning with those of the key. */
  readonly values: readonly string[];
  /** The key's columns with an id of an aggregate or customer. */
  readonly ids: readonly (readonly [column: string, id: Id])[];
  readonly where?: string;
}

/** Rows per read: some hundred kilobytes of lines, so that a snapshot of any size needs little memory. */
export const pageSize = 5_000;

/** The sections of a snapshot, in order: applied versions, the views' tables, open dead letters. */
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

/** A restricted snapshot has all of them, too, because a dead letter may not tell its aggregate. */
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
