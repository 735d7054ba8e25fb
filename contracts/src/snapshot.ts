import type { AggregateType, RowType } from './aggregates';
import type { OrderStatus } from './events';

/**
 * What `GET /snapshot` of the query service's admin listener answers: one read transaction of its
 * database as lines of JSON. A header, sections of rows (each kind of aggregate, each table of the views, dead
 * letters), each ascending by its key, and an end line: without it the stream was cut.
 */
export interface SnapshotHeader {
  /** The version of the views' tables. A reader that knows another one must not compare. */
  readonly projectionVersion: number;
  /** The database that these versions are of; null before the first event. */
  readonly sourceId: string | null;
  readonly clusterId: string | null;
  /** The watermark that these answers include, read before the transaction began. */
  readonly asOf: string | null;
  /**
   * Not null: these views may lack events that nobody has read. Who finds all of them equal sends this text back,
   * as `token` of `POST /consumption/verified`; what it means is the query service's business.
   */
  readonly unverified: string | null;
  /** The last record of each partition that was applied, parked or skipped. */
  readonly positions: readonly { topic: string; partition: number; offset: number }[];
  /** The views' tables, in the order of their sections. */
  readonly tables: readonly SnapshotTable[];
}

/**
 * A table of a view. Its section's lines are `[name, ...key columns, ...columns]`, ascending by the key.
 * Integers are written exactly, and may be beyond 2^53.
 */
export interface SnapshotTable {
  readonly name: string;
  readonly key: readonly string[];
  /** The columns beside the key. */
  readonly columns: readonly string[];
}

/**
 * The rows of the sections that stand around those of the tables, without their names. `content` is a number that stands
 * for everything else that the applied version told.
 */
export type SnapshotRows = {
  /** The first section. */
  order: [id: number, version: number, status: OrderStatus, content: number];
  /** The last: open ones only. Kind, subject and version are null where the record does not tell them. */
  'dead-letter': [
    id: number,
    record: string,
    kind: AggregateType | null,
    subject: number | null,
    version: number | null,
    reason: string,
  ];
} & Record<RowType, [id: number, version: number, content: number]>;

/** Inclusive on both sides. */
export interface IdRange {
  readonly from: number;
  readonly to: number;
}

/** Writes ranges as a query parameter: `1-1000,4001-5000`. */
export const formatRanges = (ranges: readonly IdRange[]): string =>
  ranges.map(({ from, to }) => `${from}-${to}`).join(',');

/** Reads what `formatRanges` wrote; null when it is none. An empty text is no range at all. */
export function parseRanges(text: string): IdRange[] | null {
  if (text === '') return [];
  const ranges = text.split(',').map((range) => {
    const [, from = '', to = ''] = /^(\d{1,16})-(\d{1,16})$/.exec(range) ?? [];
    return { from: from === '' ? NaN : Number(from), to: Number(to) };
  });
  const fine = ranges.every(
    ({ from, to }) => Number.isSafeInteger(from) && Number.isSafeInteger(to) && from <= to,
  );
  return fine ? ranges : null;
}

/** The first and the last line of a snapshot. */
export interface SnapshotFirstLine {
  readonly snapshot: SnapshotHeader;
}
export interface SnapshotEndLine {
  /** How many lines each section had. */
  readonly end: Readonly<Record<string, number>>;
}
