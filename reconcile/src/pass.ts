import type { OrderStatus } from 'contracts/events';
import type { IdRange } from 'contracts/snapshot';
import { CannotCompare } from './cannot-compare';
import { Findings } from './finding';
import { sideBySide } from './merge';
import type { QuerySnapshot } from './query-snapshot';
import { customersOf, ordersOf, productsOf, windowsOf } from './snapshot-rows';
import { correction, type Kind, standing, type State, stateFinding, statusKnown } from './states';
import { categoryFindings, customerFindings, productFindings, statusFindings } from './totals';
import { corrected, correctedCustomers, Corrections } from './totals';
import { type ProductTotals, windowFindings } from './totals';
import type { Truth } from './truth';

/** More aggregates that are behind are only counted: then a whole new pass tells whether they came. */
const remembered = 100_000;
/** Corrected orders whose items are asked for at once. */
const correctedBatch = 1_000;

export interface Ranges {
  readonly orders: readonly IdRange[];
  readonly products: readonly IdRange[];
}

/** What one look at both sides has shown. */
export interface Pass {
  readonly findings: Findings;
  /** Which aggregates the query service knows at an older version, or not at all. */
  readonly behind: { readonly kind: Kind; readonly truth: State }[];
  /** All of them, also those beyond what is listed. */
  behindCount: number;
  compared: number;
  /** `order:17` → the record of it that is parked, and why. */
  readonly parked: Map<string, string>;
}

/**
 * Compares two snapshots, of which PostgreSQL's was taken later. The views must be the sum of what the
 * orders contribute at the versions that the query service has: PostgreSQL's own sums, less what has
 * not arrived yet.
 *
 * @param ranges some aggregates only, and no views; null: everything
 * @throws {CannotCompare} when a neighbour fails, or the snapshot is of another database
 */
export async function pass(
  snapshot: QuerySnapshot,
  truth: Truth,
  ranges: Ranges | null,
): Promise<Pass> {
  await sameSource(snapshot, truth);
  const result: Pass = {
    findings: new Findings(),
    behind: [],
    behindCount: 0,
    compared: 0,
    parked: new Map(),
  };
  const orders = await compareOrders(snapshot, truth, ranges, result);
  const products = await compareProducts(snapshot, truth, ranges, result);
  if (ranges === null) await compareViews(snapshot, truth, orders, products, result);
  for await (const [, record, kind, subject, , why] of snapshot.rows('dead-letter')) {
    if (kind !== null) result.parked.set(`${kind}:${subject}`, `${record} is parked: ${why}`);
  }
  await snapshot.finish();
  return result;
}

async function sameSource({ url, header }: QuerySnapshot, truth: Truth): Promise<void> {
  const sourceId = await truth.sourceId();
  if (header.sourceId === null || header.sourceId === sourceId) return;
  throw new CannotCompare(
    `the query service at ${url} counts the events of database ${header.sourceId}, ` +
      `and this PostgreSQL is ${sourceId}: new topics and a rebuild, or the other database`,
  );
}

interface Orders {
  /** What the views must not have of PostgreSQL's sums, or have besides. */
  readonly corrections: Corrections;
  /** How many orders are in each status at the versions that the query service has. */
  readonly statuses: ReadonlyMap<OrderStatus, number>;
}

async function compareOrders(
  snapshot: QuerySnapshot,
  truth: Truth,
  ranges: Ranges | null,
  result: Pass,
): Promise<Orders> {
  const corrections = new Corrections();
  const statuses = new Map<OrderStatus, number>();
  let waiting = new Map<number, -1 | 1>();
  const settle = async (): Promise<void> => {
    for await (const line of truth.linesOf([...waiting.keys()])) {
      corrections.add(line, waiting.get(line.orderId) ?? 1);
    }
    waiting = new Map();
  };
  const orders = truth.orders(ranges?.orders ?? null);
  for await (const [mine, known] of sideBySide(orders, ordersOf(snapshot), byId)) {
    judge('order', mine, known, result);
    if (mine === undefined || ranges !== null) continue;
    const status = statusKnown(mine, known);
    if (status !== null) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    const sign = correction(mine, known);
    if (sign !== 0 || known === undefined) {
      corrections.addOrder(mine.customerId, known === undefined ? -1 : 0, sign);
    }
    if (sign === 0) continue;
    waiting.set(mine.id, sign);
    if (waiting.size >= correctedBatch) await settle();
  }
  await settle();
  return { corrections, statuses };
}

type Products = Map<
  number,
  Pick<ProductTotals, 'truthVersion' | 'knownVersion' | 'name' | 'category'>
>;

async function compareProducts(
  snapshot: QuerySnapshot,
  truth: Truth,
  ranges: Ranges | null,
  result: Pass,
): Promise<Products> {
  const products: Products = new Map();
  const theirs = truth.products(ranges?.products ?? null);
  for await (const [mine, known] of sideBySide(theirs, productsOf(snapshot), byId)) {
    judge('product', mine, known, result);
    products.set((mine ?? known).id, {
      truthVersion: mine?.version ?? 0,
      knownVersion: known?.version ?? 0,
      name: mine?.name ?? null,
      category: mine?.category ?? null,
    });
  }
  return products;
}

function judge(kind: Kind, truth: State | undefined, known: State | undefined, result: Pass): void {
  result.compared++;
  const stands = standing(truth, known);
  if (stands === 'equal') return;
  if (stands !== 'behind' || truth === undefined) {
    result.findings.add(stateFinding(kind, truth, known));
    return;
  }
  result.behindCount++;
  if (result.behind.length < remembered) result.behind.push({ kind, truth });
}

async function compareViews(
  snapshot: QuerySnapshot,
  truth: Truth,
  { corrections, statuses }: Orders,
  products: Products,
  { findings }: Pass,
): Promise<void> {
  const sums = await truth.salesByProduct();
  const sales = new Map<number, bigint>();
  for await (const [id, cents] of snapshot.rows('product-sales')) sales.set(id, BigInt(cents));
  const revenue = new Map<number, { category: string | null; cents: bigint }>();
  for await (const [id, category, cents] of snapshot.rows('product-revenue')) {
    revenue.set(id, { category, cents: BigInt(cents) });
  }
  const names = new Map<number, string>();
  for await (const [id, name] of snapshot.rows('product-name')) names.set(id, name);
  const ids = new Set([...products.keys(), ...sales.keys(), ...revenue.keys(), ...names.keys()]);
  const totals: ProductTotals[] = [...ids].map((productId) => ({
    productId,
    expected: (sums.get(productId) ?? 0n) + (corrections.products.get(productId) ?? 0n),
    ...(products.get(productId) ?? unknownProduct),
    sales: sales.get(productId),
    revenue: revenue.get(productId),
    shownName: names.get(productId),
  }));
  for (const product of totals) productFindings(product).forEach((found) => findings.add(found));
  const categories = [];
  for await (const [category, count, cents] of snapshot.rows('category-revenue')) {
    categories.push({ category, products: count, cents: BigInt(cents) });
  }
  categoryFindings(totals, categories).forEach((found) => findings.add(found));
  const windows = corrected(truth.windows(), corrections.listWindows());
  for await (const found of windowFindings(windows, windowsOf(snapshot))) findings.add(found);
  const shown = new Map<OrderStatus, number>();
  for await (const [status, orders] of snapshot.rows('orders-by-status')) shown.set(status, orders);
  statusFindings(statuses, shown).forEach((found) => findings.add(found));
  const customers = correctedCustomers(truth.customers(), corrections.listCustomers());
  for await (const found of customerFindings(customers, customersOf(snapshot))) findings.add(found);
}

const unknownProduct = { truthVersion: 0, knownVersion: 0, name: null, category: null };

const byId = (a: State, b: State): number => a.id - b.id;
