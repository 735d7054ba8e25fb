import type { OrderStatus } from './events';

/**
 * What `GET /snapshot` of the query service's admin listener answers: one read transaction of its
 * database as lines of JSON. A header, rows section by section in the order of `snapshotSections`,
 * each section ascending by its key, and an end line: without it the stream was cut.
 */
export interface SnapshotHeader {
  /** Of the views' tables. A reader that knows another one must not compare. */
  readonly projectionVersion: number;
  /** Whose versions these are; null before the first event. */
  readonly sourceId: string | null;
  readonly clusterId: string | null;
  /** The watermark that these answers include, read before the transaction began. */
  readonly asOf: string | null;
  /**
   * Not null: these views may lack events that nobody has read. Who finds all of them equal sends this text back,
   * as `token` of `POST /consumption/verified`; what it means is the query service's business.
   */
  readonly unverified: string | null;
  /** Of the last record that was applied, parked or skipped, by partition. */
  readonly positions: readonly { topic: string; partition: number; offset: number }[];
}

export const snapshotSections = [
  'order',
  'product',
  'product-sales',
  'product-revenue',
  'product-name',
  'category-revenue',
  'hourly-sales',
  'orders-by-status',
  'customer-totals',
  'dead-letter',
] as const;
export type SnapshotSection = (typeof snapshotSections)[number];

/** The columns of a row, after the name of its section. Money in cents, hours since 1970 in UTC. */
export interface SnapshotRows {
  order: [id: number, version: number, status: OrderStatus];
  product: [id: number, version: number];
  'product-sales': [productId: number, cents: number];
  /** Category null: sold, but the product's event has not come. */
  'product-revenue': [productId: number, category: string | null, cents: number];
  'product-name': [productId: number, name: string];
  'category-revenue': [category: string, products: number, cents: number];
  'hourly-sales': [hour: number, productId: number, units: number, cents: number];
  'orders-by-status': [status: OrderStatus, orders: number];
  /** Cancelled orders are neither counted nor added. */
  'customer-totals': [customerId: number, orders: number, cents: number];
  /** Open ones only. Kind, subject and version are null where the record does not tell them. */
  'dead-letter': [
    id: number,
    record: string,
    kind: 'order' | 'product' | null,
    subject: number | null,
    version: number | null,
    reason: string,
  ];
}

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
  readonly end: Record<SnapshotSection, number>;
}
