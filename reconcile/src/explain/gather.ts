import type { AggregateType } from 'contracts/aggregates';
import { formatRanges, type SnapshotRows } from 'contracts/snapshot';
import { NotFound } from 'service-kit/command-errors';
import type { ExplainConfig } from '../config';
import type { Replica } from '../replica';
import { PostgresSnapshot } from '../snapshots/postgres-snapshot';
import { QuerySnapshot } from '../snapshots/query-snapshot';
import type { Value } from '../snapshots/row';
import { emittedAsTheyAre } from '../versions/as-emitted';
import { stateRows } from '../versions/postgres-states';
import { standing, type State, stateOf } from '../versions/state';
import { type Behind, standstillBefore, type Waiting, whatWaits } from '../waiting';
import type { Link } from './chain';
import { coveringRanges } from './covering-ranges';
import { type Line, linesOf } from './lines';
import { findRecords } from './records';
import type { Subject } from './subject';

/** The most ranges of ids in one request, because the length of its URL is limited. */
const rangesAtOnce = 100;

/** Everything that is known about a subject, at one instant of each side. */
export interface Gathered {
  readonly asOf: string | null;
  readonly products: readonly Link[];
  /** The orders that name the products or that the customer placed; for an order, only the order itself. */
  readonly orders: readonly Link[];
  /** The views' rows, by the names that people read: `product-sales 1`. */
  readonly views: ReadonlyMap<string, bigint>;
  /** The tables that keep a total by one column alone, by that column: `customer_id`. */
  readonly tables: ReadonlyMap<string, readonly string[]>;
  /** The sum of each product's hourly sales. */
  readonly hours: ReadonlyMap<number, bigint>;
  /** The aggregates (`order:17`) that are behind because their events are held up; null: none. */
  readonly waiting: (Waiting & { readonly names: ReadonlySet<string> }) | null;
}

/**
 * Reads all hops: first the query service, then PostgreSQL, so that it has everything that the query service has, then
 * Kafka.
 *
 * @throws {CannotCompare} when one of them does not answer; {NotFound} when neither side knows of it
 */
export async function gather(
  replica: Replica,
  config: ExplainConfig,
  subject: Subject,
): Promise<Gathered> {
  const { database } = config;
  // The aggregates must be known before the snapshot can be restricted to them.
  const scope = await inPostgres(database, (postgres) => scopeOf(postgres, subject));
  const gathered = await gatherAt(replica, config, subject, scope);
  const links = [...gathered.products, ...gathered.orders];
  const behind = links.flatMap(behindOf);
  if (behind.length === 0) return { ...gathered, waiting: null };
  const read = new Map(
    links.map(({ kind, id, parked }) => [
      `${kind}:${id}`,
      Math.max(...parked.map(({ version }) => version ?? Infinity)),
    ]),
  );
  const wasRead = ({ kind, state: { id, version } }: Behind): boolean =>
    (read.get(`${kind}:${id}`) ?? 0) >= version;
  const { waiting, events } = await whatWaits(behind, gathered.asOf, wasRead, database);
  if (waiting.length === 0) return { ...gathered, waiting: null };
  const names = new Set(waiting.map(({ kind, state }) => `${kind}:${state.id}`));
  const standstill = await standstillBefore(replica);
  return { ...gathered, waiting: { events, aggregates: waiting.length, standstill, names } };
}

function behindOf({ kind, row, applied }: Link): Behind[] {
  const isBehind = row !== undefined && standing(row, applied) === 'behind';
  return isBehind ? [{ kind, state: row, known: applied }] : [];
}

async function gatherAt(
  replica: Replica,
  { database, kafka, topics }: ExplainConfig,
  subject: Subject,
  scope: Scope,
): Promise<Omit<Gathered, 'waiting'>> {
  const snapshot = await QuerySnapshot.open(replica, {
    orders: rangesOf(scope.orders),
    products: rangesOf(scope.products),
    customers: subject.kind === 'customer' ? rangesOf([subject.id]) : '',
  });
  try {
    return await inPostgres(database, async (postgres) => {
      const known = await readSnapshot(snapshot, scope);
      const { states, parked, ...shown } = known;
      const now = await scopeOf(postgres, subject);
      // Check before searching Kafka's topics, which takes the longest.
      if (!(await isKnown(postgres, subject, now, known))) {
        const name = subject.kind === 'category' ? subject.name : subject.id;
        throw new NotFound(`no such ${subject.kind}: ${name}`);
      }
      const links = async (kind: AggregateType, ids: number[], lines: Map<number, Line[]>) => {
        const outbox = await outboxOf(postgres, kind, ids);
        const events = groupBy(outbox, ({ id }) => id);
        const times = outbox.map(({ at }) => at.getTime());
        // Purged rows tell no time, so then the topic is read from the beginning.
        const isWhole = ids.every((id) => events.get(id)?.some(({ version }) => version === 1));
        const records = await findRecords(kafka, {
          topic: topics[kind],
          keys: new Set(ids.map(String)),
          since:
            isWhole && times.length > 0 ? new Date(times.reduce((a, b) => Math.min(a, b))) : null,
        });
        const rows = await rowsOf(postgres, kind, ids);
        const asEmitted = await emittedAsTheyAre(postgres, kind, [...rows.values()]);
        return ids.map((id): Link => ({
          kind,
          id,
          row: rows.get(id),
          outbox: events.get(id) ?? [],
          records: records.get(String(id)) ?? [],
          isAsEmitted: asEmitted.has(id),
          applied: states.get(`${kind}:${id}`),
          parked: parked.get(`${kind}:${id}`) ?? [],
          lines: lines.get(id) ?? [],
        }));
      };
      const wanted = new Set(now.products);
      const wholeOrders = subject.kind === 'order' || subject.kind === 'customer';
      const lines = (await linesOf(postgres, now.orders)).filter(
        ({ productId }) => wholeOrders || wanted.has(productId),
      );
      return {
        asOf: snapshot.header.asOf,
        products: await links('product', now.products, new Map()),
        orders: await links(
          'order',
          now.orders,
          groupBy(lines, ({ orderId }) => orderId),
        ),
        ...shown,
      };
    });
  } finally {
    snapshot.close();
  }
}

async function inPostgres<T>(
  database: ExplainConfig['database'],
  work: (postgres: PostgresSnapshot) => Promise<T>,
): Promise<T> {
  const postgres = await PostgresSnapshot.begin(database);
  try {
    return await work(postgres);
  } finally {
    await postgres.end();
  }
}

interface Scope {
  readonly products: number[];
  readonly orders: number[];
}

/** The ids of the products in question, and of the orders that name them. */
async function scopeOf(postgres: PostgresSnapshot, subject: Subject): Promise<Scope> {
  const ids = async (sql: string, value: unknown): Promise<number[]> =>
    (await postgres.all<{ id: string }>(sql, [value])).map(({ id }) => Number(id));
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

/** Whether PostgreSQL or the views know the subject. */
async function isKnown(
  postgres: PostgresSnapshot,
  subject: Subject,
  { products, orders }: Scope,
  { states, parked, views, tables, hours }: Shown,
): Promise<boolean> {
  const hasTotal = (column: string, key: number | string): boolean =>
    (tables.get(column) ?? []).some((table) => views.has(`${table} ${key}`));
  if (subject.kind === 'category') {
    return products.length > 0 || hasTotal('category', subject.name);
  }
  const { kind, id } = subject;
  if (kind === 'customer') return orders.length > 0 || hasTotal('customer_id', id);
  if (kind === 'product' && (hours.has(id) || hasTotal('product_id', id))) return true;
  const name = `${kind}:${id}`;
  return (
    states.has(name) ||
    parked.has(name) ||
    (await rowsOf(postgres, kind, [id])).size > 0 ||
    (await outboxOf(postgres, kind, [id])).length > 0
  );
}

const rangesOf = (ids: readonly number[]): string =>
  formatRanges(coveringRanges(ids, rangesAtOnce));

interface Shown {
  readonly states: Map<string, State>;
  readonly views: Map<string, bigint>;
  readonly tables: Map<string, string[]>;
  readonly hours: Map<number, bigint>;
  /** The dead letters of each aggregate. */
  readonly parked: Map<string, DeadLetter[]>;
}

/** Reads the snapshot and ignores rows of ids that are only in the closed gaps. */
async function readSnapshot(snapshot: QuerySnapshot, scope: Scope): Promise<Shown> {
  const states = new Map<string, State>();
  const views = new Map<string, bigint>();
  const hours = new Map<number, bigint>();
  const orders = new Set<Value>(scope.orders);
  const products = new Set<Value>(scope.products);
  for (const [type, wanted] of [
    ['order', orders],
    ['product', products],
  ] as const) {
    for await (const row of snapshot.rows(type)) {
      if (wanted.has(row[0] ?? null)) states.set(`${type}:${row[0]}`, stateOf(type, row));
    }
  }
  const tables = new Map<string, string[]>();
  for (const { name, key, columns } of snapshot.header.tables) {
    if (!columns.includes('total_cents')) continue;
    if (key.length === 1) tables.set(`${key[0]}`, [...(tables.get(`${key[0]}`) ?? []), name]);
    for await (const row of snapshot.records(name)) {
      const { product_id: product } = row;
      if (product !== undefined && !products.has(product)) continue;
      const cents = BigInt(row.total_cents as number | bigint);
      if (name === 'hourly-sales') {
        hours.set(product as number, (hours.get(product as number) ?? 0n) + cents);
      } else views.set(`${name} ${key.map((column) => row[column]).join(' ')}`, cents);
    }
  }
  const deadLetters: DeadLetter[] = [];
  for await (const row of snapshot.rows('dead-letter')) {
    const [, record, kind, subject, version, reason] = row as Readonly<SnapshotRows['dead-letter']>;
    deadLetters.push({ subject: `${kind}:${subject}`, record, version, reason });
  }
  await snapshot.finish();
  const parked = groupBy(deadLetters, ({ subject }) => subject);
  return { states, views, tables, hours, parked };
}

interface DeadLetter {
  readonly subject: string;
  readonly record: string;
  readonly version: number | null;
  readonly reason: string;
}

interface OutboxRow {
  readonly id: number;
  readonly eventId: string;
  readonly version: number;
  readonly at: Date;
}

async function outboxOf(
  postgres: PostgresSnapshot,
  kind: AggregateType,
  ids: readonly number[],
): Promise<OutboxRow[]> {
  const rows = await postgres.all<Omit<OutboxRow, 'id'> & { id: string }>(
    `SELECT aggregateid AS id, id::text AS "eventId", aggregateversion AS version, occurredat AS at
     FROM outbox WHERE aggregatetype = $1 AND aggregateid = ANY($2) ORDER BY aggregateversion`,
    [kind, ids.map(String)],
  );
  return rows.map((row) => ({ ...row, id: Number(row.id) }));
}

async function rowsOf(
  postgres: PostgresSnapshot,
  kind: AggregateType,
  ids: readonly number[],
): Promise<Map<number, State & { label: string }>> {
  const wanted = new Set<Value>(ids);
  const ranges = coveringRanges(
    [...ids].sort((a, b) => a - b),
    rangesAtOnce,
  );
  const states = new Map<number, State & { label: string }>();
  for await (const rows of stateRows(postgres, kind, ranges)) {
    for (const row of rows) {
      if (!wanted.has(row[0] ?? null)) continue;
      const state = stateOf(kind, row);
      const label = state.status ?? row.slice(3).join(' in ');
      states.set(state.id, { ...state, label });
    }
  }
  return states;
}

/** `Map.groupBy`, which Node.js 20 has not. */
function groupBy<K, T>(all: readonly T[], keyOf: (one: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group === undefined) groups.set(keyOf(one), [one]);
    else group.push(one);
  }
  return groups;
}
