import { formatRanges } from 'contracts/snapshot';
import type { ExplainConfig, Replica } from '../config';
import { QuerySnapshot } from '../query-snapshot';
import { customersOf, ordersOf, productsOf, windowsOf } from '../snapshot-rows';
import type { Kind, State } from '../states';
import type { Line, Window } from '../totals';
import { Truth } from '../truth';
import type { Link } from './chain';
import { coveringRanges } from './covering-ranges';
import { findRecords, type Place } from './records';
import type { Subject } from './subject';

/** Ranges of orders and of products that are asked for in one request: its address has a limit. */
const rangesAtOnce = 100;

/** Everything about a subject at one instant of each side. */
export interface Gathered {
  readonly asOf: string | null;
  readonly products: readonly Link[];
  /** Those that name the products, or that the customer placed; of an order only itself. */
  readonly orders: readonly Link[];
  /** The views' rows, by the names that people read: `product-sales 1`. */
  readonly views: ReadonlyMap<string, bigint>;
  readonly windows: readonly Window[];
}

interface EntityRow {
  id: string;
  version: number;
  label: string;
  status: State['status'];
}

/**
 * Reads all hops: the query service first, then PostgreSQL, which so has everything that the query
 * service has, then Kafka.
 *
 * @throws {CannotCompare} when one of them does not answer
 */
export async function gather(
  replica: Replica,
  { database, brokers, topics }: ExplainConfig,
  subject: Subject,
): Promise<Gathered> {
  // The aggregates must be known before the snapshot can be restricted to them.
  const scope = await inTruth(database, (truth) => scopeOf(truth, subject));
  const snapshot = await QuerySnapshot.open(replica, {
    orders: rangesOf(scope.orders),
    products: rangesOf(scope.products),
    customers: subject.kind === 'customer' ? rangesOf([subject.id]) : '',
  });
  try {
    return await inTruth(database, async (truth) => {
      const shown = await readSnapshot(snapshot, scope);
      const now = await scopeOf(truth, subject);
      const links = async (kind: Kind, ids: number[], lines: Line[], topic: string) => {
        const outbox = await outboxOf(truth, kind, ids);
        const times = outbox.map(({ at }) => at.getTime());
        // Purged rows tell no time: then from the beginning.
        const complete = ids.every((id) =>
          outbox.some((row) => row.id === id && row.version === 1),
        );
        const records = await findRecords(brokers, {
          topic,
          keys: new Set(ids.map(String)),
          since:
            complete && times.length > 0 ? new Date(times.reduce((a, b) => Math.min(a, b))) : null,
        });
        const rows = await rowsOf(truth, kind, ids);
        return ids.map((id) => linkOf(kind, id, rows, outbox, records, shown, lines));
      };
      const lines: Line[] = [];
      const wanted = new Set(now.products);
      const wholeOrders = subject.kind === 'order' || subject.kind === 'customer';
      for await (const line of truth.linesOf(now.orders)) {
        if (wholeOrders || wanted.has(line.productId)) lines.push(line);
      }
      return {
        asOf: snapshot.header.asOf,
        products: await links('product', now.products, [], topics.product),
        orders: await links('order', now.orders, lines, topics.order),
        views: shown.views,
        windows: shown.windows,
      };
    });
  } finally {
    snapshot.close();
  }
}

async function inTruth<T>(
  database: ExplainConfig['database'],
  work: (truth: Truth) => Promise<T>,
): Promise<T> {
  const truth = await Truth.begin(database);
  try {
    return await work(truth);
  } finally {
    await truth.end();
  }
}

interface Scope {
  readonly products: number[];
  readonly orders: number[];
}

/** The ids of the products that are meant and of the orders that name them. */
async function scopeOf(truth: Truth, subject: Subject): Promise<Scope> {
  const ids = async (sql: string, value: unknown): Promise<number[]> =>
    (await truth.all<{ id: string }>(sql, [value])).map(({ id }) => Number(id));
  if (subject.kind === 'order') {
    const sql = 'SELECT DISTINCT product_id AS id FROM order_items WHERE order_id = $1 ORDER BY 1';
    return { products: await ids(sql, subject.id), orders: [subject.id] };
  }
  if (subject.kind === 'customer') {
    const sql = 'SELECT id FROM orders WHERE customer_id = $1 ORDER BY id';
    return { products: [], orders: await ids(sql, subject.id) };
  }
  const products =
    subject.kind === 'product'
      ? [subject.id]
      : await ids('SELECT id FROM products WHERE category = $1 ORDER BY id', subject.name);
  const naming = `SELECT DISTINCT order_id AS id FROM order_items
                  WHERE product_id = ANY($1::bigint[]) ORDER BY 1`;
  return { products, orders: await ids(naming, products) };
}

const rangesOf = (ids: readonly number[]): string =>
  formatRanges(coveringRanges(ids, rangesAtOnce));

interface Shown {
  readonly states: Map<string, State>;
  readonly views: Map<string, bigint>;
  readonly windows: Window[];
  readonly parked: { subject: string; record: string; reason: string }[];
}

/** Passes over the rows of what only lies between the ids that are meant. */
async function readSnapshot(snapshot: QuerySnapshot, scope: Scope): Promise<Shown> {
  const shown: Shown = { states: new Map(), views: new Map(), windows: [], parked: [] };
  const orders = new Set(scope.orders);
  const products = new Set(scope.products);
  for await (const order of ordersOf(snapshot)) {
    if (orders.has(order.id)) shown.states.set(`order:${order.id}`, order);
  }
  for await (const product of productsOf(snapshot)) {
    if (products.has(product.id)) shown.states.set(`product:${product.id}`, product);
  }
  for await (const [id, cents] of snapshot.rows('product-sales')) {
    if (products.has(id)) shown.views.set(`product-sales ${id}`, BigInt(cents));
  }
  for await (const [id, , cents] of snapshot.rows('product-revenue')) {
    if (products.has(id)) shown.views.set(`product-revenue ${id}`, BigInt(cents));
  }
  for await (const [category, , cents] of snapshot.rows('category-revenue')) {
    shown.views.set(`category-revenue ${category}`, BigInt(cents));
  }
  for await (const window of windowsOf(snapshot)) {
    if (products.has(window.productId)) shown.windows.push(window);
  }
  for await (const { customerId, cents } of customersOf(snapshot)) {
    shown.views.set(`customer-totals ${customerId}`, cents);
  }
  for await (const [, record, kind, subject, , reason] of snapshot.rows('dead-letter')) {
    shown.parked.push({ subject: `${kind}:${subject}`, record, reason });
  }
  await snapshot.finish();
  return shown;
}

interface OutboxRow {
  readonly id: number;
  readonly eventId: string;
  readonly version: number;
  readonly at: Date;
}

async function outboxOf(truth: Truth, kind: Kind, ids: readonly number[]): Promise<OutboxRow[]> {
  const rows = await truth.all<Omit<OutboxRow, 'id'> & { id: string }>(
    `SELECT aggregateid AS id, id::text AS "eventId", aggregateversion AS version, occurredat AS at
     FROM outbox WHERE aggregatetype = $1 AND aggregateid = ANY($2) ORDER BY aggregateversion`,
    [kind, ids.map(String)],
  );
  return rows.map((row) => ({ ...row, id: Number(row.id) }));
}

const entitySql: Record<Kind, string> = {
  order: `SELECT id, version, status AS label, status
          FROM orders WHERE id = ANY($1::bigint[])`,
  product: `SELECT id, version, name || ' in ' || category AS label, NULL AS status
            FROM products WHERE id = ANY($1::bigint[])`,
};

async function rowsOf(
  truth: Truth,
  kind: Kind,
  ids: readonly number[],
): Promise<Map<number, State & { label: string }>> {
  const rows = await truth.all<EntityRow>(entitySql[kind], [ids]);
  return new Map(rows.map((row) => [Number(row.id), { ...row, id: Number(row.id) }]));
}

function linkOf(
  kind: Kind,
  id: number,
  rows: Map<number, State & { label: string }>,
  outbox: readonly OutboxRow[],
  records: Map<string, Place[]>,
  shown: Shown,
  lines: readonly Line[],
): Link {
  return {
    kind,
    id,
    row: rows.get(id),
    outbox: outbox.filter((row) => row.id === id),
    records: records.get(String(id)) ?? [],
    applied: shown.states.get(`${kind}:${id}`),
    parked: shown.parked.filter(({ subject }) => subject === `${kind}:${id}`),
    lines: lines.filter((line) => line.orderId === id),
  };
}
