import { Readable } from 'node:stream';
import Router from '@koa/router';
import {
  type IdRange,
  parseRanges,
  type SnapshotHeader,
  type SnapshotSection,
  snapshotSections,
} from 'contracts/snapshot';
import { Problem } from 'service-kit/problem';
import type { Projection } from '../projection';
import type { Connection, Parameter } from '../store/connection';
import { statusName } from '../store/order-status';

/**
 * A client that stops reading keeps the file's log from being cut: it is hung up on after this. Not sooner, because
 * reconcile reads nothing while PostgreSQL sums up all order lines, seconds per million of them.
 */
const stalledAfterMs = 600_000;

/** Rows per read: some hundred kilobytes of lines, so that a snapshot of any size needs little memory. */
const pageSize = 5_000;

/**
 * `GET /snapshot`: versions and views as of one instant, for comparing them with PostgreSQL.
 * One read transaction on a connection of its own, streamed as lines (contracts/snapshot.ts).
 *
 * `?orders=1-1000,…`, `?products=…` and `?customers=…` restrict it to those aggregates and to the views' rows
 * of those products and customers; with one of them given, the others are empty unless given too. `?of=candidate` is the file that a
 * rebuild makes ready.
 */
export function snapshotRoutes(projection: Projection): Router {
  const router = new Router();
  router.get('/snapshot', async (ctx) => {
    const orders = readRanges('orders', ctx.query.orders);
    const products = readRanges('products', ctx.query.products);
    const customers = readRanges('customers', ctx.query.customers);
    const of = readFile(ctx.query.of);
    const whole = [orders, products, customers].every((ranges) => ranges === null);
    const restriction = whole
      ? null
      : { orders: orders ?? [], products: products ?? [], customers: customers ?? [] };
    const { connection, lines } = await startSnapshot(projection, of, restriction);
    ctx.res.setTimeout(stalledAfterMs);
    ctx.type = 'application/x-ndjson';
    // Its first line is read within the transaction and sent at once: whoever has it knows that
    // everything behind it is not newer.
    const body = Readable.from(lines, { objectMode: false, highWaterMark: 1 });
    // Read to its end, given up in the middle, or never read, as by HEAD. Closing ends the transaction.
    body.once('close', () => void connection.close());
    ctx.body = body;
  });
  return router;
}

interface Restriction {
  readonly orders: readonly IdRange[];
  readonly products: readonly IdRange[];
  readonly customers: readonly IdRange[];
}

/** Opens the transaction before the answer begins, so that what fails here is still a problem. */
async function startSnapshot(
  projection: Projection,
  of: 'serving' | 'candidate',
  restriction: Restriction | null,
): Promise<{ connection: Connection; lines: AsyncGenerator<string> }> {
  // Read before the transaction begins: what it sees is at least as fresh.
  const asOf = projection.asOfFile(of);
  const unverified = of === 'serving' ? projection.doubtToken : null;
  const connection = await projection.openSnapshot(of);
  try {
    await connection.script('BEGIN');
    const header = await readHeader(connection, projection.definition.version, asOf, unverified);
    return { connection, lines: write(connection, header, restriction) };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function* write(
  connection: Connection,
  header: SnapshotHeader,
  restriction: Restriction | null,
): AsyncGenerator<string> {
  yield `${JSON.stringify({ snapshot: header })}\n`;
  const counts: Partial<Record<SnapshotSection, number>> = {};
  for (const section of snapshotSections) {
    counts[section] = 0;
    for await (const rows of pagesOf(connection, section, restriction)) {
      counts[section] += rows.length;
      yield rows.map(({ line }) => `${line}\n`).join('');
    }
  }
  yield `${JSON.stringify({ end: counts })}\n`;
}

async function readHeader(
  connection: Connection,
  projectionVersion: number,
  asOf: string | null,
  unverified: string | null,
): Promise<SnapshotHeader> {
  const [origin] = await connection.all<{ sourceId: string | null; clusterId: string | null }>(
    'SELECT source_id AS sourceId, cluster_id AS clusterId FROM origin',
  );
  const positions = await connection.all<SnapshotHeader['positions'][number]>(
    `SELECT topic, partition, record_offset AS "offset" FROM partition_progress
     ORDER BY topic, partition`,
  );
  return {
    projectionVersion,
    sourceId: origin?.sourceId ?? null,
    clusterId: origin?.clusterId ?? null,
    asOf,
    unverified,
    positions,
  };
}

interface Line {
  readonly line: string;
  /** What the next page begins behind, as a JSON array. */
  readonly key: string;
}

/** The rows of a section by keyset pages, ascending: no statement stays open between two of them. */
async function* pagesOf(
  connection: Connection,
  section: SnapshotSection,
  restriction: Restriction | null,
): AsyncGenerator<Line[]> {
  const { table, columns, key, before, rangesOf, where, within } = sections[section];
  const restricted = restriction !== null && within !== undefined;
  const sql = `
    SELECT json_array('${section}', ${columns}) AS line, json_array(${key}) AS key
    FROM ${table}
    WHERE (${key}) > (${key
      .split(',')
      .map((_, i) => `?1 ->> ${i}`)
      .join(', ')})
      ${rangesOf === undefined ? '' : `AND ${key} <= ?2 ->> 0`}
      ${where === undefined ? '' : `AND ${where}`}
      ${restricted ? `AND ${within}` : ''}
    ORDER BY ${key} LIMIT ${pageSize}`;
  const ranges = (rangesOf && restriction?.[rangesOf]) ?? [everything];
  for (const { from, to } of ranges) {
    let after: string | undefined = rangesOf === undefined ? before : JSON.stringify([from - 1]);
    while (after !== undefined) {
      const parameters: Parameter[] = rangesOf === undefined ? [] : [JSON.stringify([to])];
      if (restricted) parameters.push(asJson(restriction.products));
      const rows: Line[] = await connection.all<Line>(sql, after, ...parameters);
      if (rows.length > 0) yield rows;
      after = rows.length < pageSize ? undefined : rows.at(-1)?.key;
    }
  }
}

const everything: IdRange = { from: 0, to: Number.MAX_SAFE_INTEGER };

interface SectionTable {
  readonly table: string;
  readonly columns: string;
  readonly key: string;
  /** Which ranges restrict the key itself. */
  readonly rangesOf?: keyof Restriction;
  /** For the other tables: stands before every key, and what belongs to the products' ranges, ?2. */
  readonly before?: string;
  readonly where?: string;
  readonly within?: string;
}

const inProducts = `EXISTS (
  SELECT 1 FROM jsonb_each(?2) WHERE product_id BETWEEN value ->> 0 AND value ->> 1)`;

const ofProducts = (columns: string, table: string): SectionTable => ({
  table,
  columns,
  key: 'product_id',
  rangesOf: 'products',
});

const sections: Record<SnapshotSection, SectionTable> = {
  order: {
    table: 'order_state',
    columns: `order_id, version, ${statusName}`,
    key: 'order_id',
    rangesOf: 'orders',
  },
  product: ofProducts('product_id, version', 'product_state'),
  'product-sales': ofProducts('product_id, total_cents', 'product_sales'),
  'product-revenue': ofProducts('product_id, category, total_cents', 'product_revenue'),
  'product-name': ofProducts('product_id, name', 'product_name'),
  'category-revenue': {
    table: 'category_revenue',
    columns: 'category, products, total_cents',
    key: 'category',
    before: '[""]',
    within: `category IN (SELECT category FROM product_revenue WHERE ${inProducts})`,
  },
  'hourly-sales': {
    table: 'hourly_sales',
    columns: 'hour, product_id, units, total_cents',
    key: 'hour, product_id',
    before: '[-9007199254740991, 0]',
    within: inProducts,
  },
  // All of them in a restricted snapshot, too: they are four.
  'orders-by-status': {
    table: 'orders_by_status',
    columns: 'status, orders',
    key: 'status',
    before: '[""]',
  },
  'customer-totals': {
    table: 'customer_totals',
    columns: 'customer_id, orders, total_cents',
    key: 'customer_id',
    rangesOf: 'customers',
  },
  // All of them in a restricted snapshot, too: a letter may not tell whose it is.
  'dead-letter': {
    table: `dead_letter`,
    columns: `id, topic || '/' || partition || '@' || record_offset, kind, subject, version, reason`,
    key: 'id',
    before: '[0]',
    where: `state = 'open'`,
  },
};

const asJson = (ranges: readonly IdRange[]): string =>
  JSON.stringify(ranges.map(({ from, to }) => [from, to]));

function readFile(text: string | string[] | undefined): 'serving' | 'candidate' {
  if (text === undefined || text === 'serving') return 'serving';
  if (text === 'candidate') return 'candidate';
  throw new Problem(400, 'of must be serving or candidate');
}

function readRanges(name: string, text: string | string[] | undefined): IdRange[] | null {
  if (text === undefined) return null;
  const ranges = typeof text === 'string' ? parseRanges(text) : null;
  if (ranges === null) throw new Problem(400, `${name} must be ranges of ids such as 1-1000,7-7`);
  return ranges;
}
