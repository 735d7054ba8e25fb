import type { OrderStatus } from 'contracts/events';
import { type Finding, totalFinding } from './finding';
import { sideBySide } from './merge';

/** What an order's line adds to the views. */
export interface Line {
  readonly orderId: number;
  readonly customerId: number;
  readonly productId: number;
  /** UTC hour of `placedAt`, in whole hours since 1970. */
  readonly hour: number;
  readonly units: bigint;
  readonly cents: bigint;
}

/** One product's sales in one hour. */
export interface Window {
  readonly hour: number;
  readonly productId: number;
  readonly units: bigint;
  readonly cents: bigint;
}

/** A row of the customers' totals: both without cancelled orders. */
export interface CustomerRow {
  readonly customerId: number;
  readonly orders: number;
  readonly cents: bigint;
}

/** What a customer ordered, as PostgreSQL sums it or as a correction of that. */
export interface CustomerSum extends CustomerRow {
  /** Orders, cancelled or not: while there are none, nobody knows the customer. */
  readonly placed: number;
}

/** A product as PostgreSQL and the query service's product tables have it. */
export interface ProductTotals {
  readonly productId: number;
  /** What it must have sold, in cents. */
  readonly expected: bigint;
  /** PostgreSQL's, null where it has no such product. */
  readonly name: string | null;
  readonly category: string | null;
  /** Versions: 0 where the side does not have it. */
  readonly truthVersion: number;
  readonly knownVersion: number;
  /** Rows of the views; undefined where there is none. */
  readonly sales: bigint | undefined;
  readonly revenue: { readonly category: string | null; readonly cents: bigint } | undefined;
  readonly shownName: string | undefined;
}

/** All rows of one product. A category that it left is found at the categories. */
export function productFindings(product: ProductTotals): Finding[] {
  const { productId, expected, knownVersion, sales, revenue } = product;
  // Without its event, a product has a row as soon as an order names it; nothing is wrong before.
  const mustHaveRows = knownVersion > 0 || expected !== 0n;
  const category = categoryKnown(product);
  const findings: Finding[] = [];
  for (const [view, found] of [
    ['product-sales', sales],
    ['product-revenue', revenue?.cents],
  ] as const) {
    const wrong =
      found === undefined
        ? mustHaveRows
        : found !== expected || (product.truthVersion === 0 && knownVersion === 0);
    if (!wrong) continue;
    const mustBe = mustHaveRows ? expected : null;
    findings.push(totalFinding(`${view} ${productId}`, mustBe, found ?? null));
  }
  if (revenue !== undefined && revenue.category !== category) {
    const name = (text: string | null): string => (text === null ? 'no category' : `in ${text}`);
    findings.push({
      ...totalFinding(`product-revenue ${productId}`, expected, revenue.cents),
      expected: name(category),
      found: name(revenue.category),
      difference: null,
    });
  }
  findings.push(...nameFindings(product));
  return findings;
}

/** At another version than PostgreSQL's, a name is the query service's own word, as a category is. */
function nameFindings(product: ProductTotals): Finding[] {
  const { productId, name, shownName, knownVersion, truthVersion } = product;
  const mustBe = knownVersion === 0 ? null : knownVersion === truthVersion ? name : shownName;
  if (mustBe === (shownName ?? null)) return [];
  const shown = (text: string | null | undefined): string => text ?? 'no row';
  return [
    {
      ...totalFinding(`product-name ${productId}`, null, null),
      expected: mustBe === undefined ? 'a row' : shown(mustBe),
      found: shown(shownName),
      difference: null,
    },
  ];
}

/**
 * The category that the query service must have of a product at the version that it knows. At another
 * version than PostgreSQL's it is its own word: comparing the versions finds what is wrong with those.
 */
function categoryKnown(product: ProductTotals): string | null {
  if (product.knownVersion === 0) return null;
  if (product.knownVersion === product.truthVersion) return product.category;
  return product.revenue?.category ?? null;
}

interface CategoryRow {
  readonly category: string;
  readonly products: number;
  readonly cents: bigint;
}

/** Every category whose number of products or revenue is not that of its products. */
export function categoryFindings(
  products: Iterable<ProductTotals>,
  found: Iterable<CategoryRow>,
): Finding[] {
  const expected = new Map<string, { products: number; cents: bigint }>();
  for (const product of products) {
    const category = categoryKnown(product);
    if (category === null) continue;
    const sum = expected.get(category) ?? { products: 0, cents: 0n };
    expected.set(category, { products: sum.products + 1, cents: sum.cents + product.expected });
  }
  const findings: Finding[] = [];
  for (const row of found) {
    const must = expected.get(row.category);
    expected.delete(row.category);
    const key = `category-revenue ${row.category}`;
    if (must === undefined) findings.push(totalFinding(key, null, row.cents));
    else if (must.cents !== row.cents) findings.push(totalFinding(key, must.cents, row.cents));
    else if (must.products !== row.products) {
      findings.push({
        ...totalFinding(key, must.cents, row.cents),
        expected: `${must.products} products`,
        found: `${row.products} products`,
        difference: null,
      });
    }
  }
  for (const [category, { cents }] of expected) {
    findings.push(totalFinding(`category-revenue ${category}`, cents, null));
  }
  return findings;
}

export const byWindow = (a: Window, b: Window): number =>
  a.hour - b.hour || a.productId - b.productId;

/** PostgreSQL's windows with the corrections added; those in which nothing is sold are left out. */
export async function* corrected(
  sums: AsyncIterable<Window> | Iterable<Window>,
  corrections: readonly Window[],
): AsyncGenerator<Window> {
  const sorted = [...corrections].sort(byWindow);
  for await (const [sum, change] of sideBySide(sums, sorted, byWindow)) {
    const window = sum ?? change;
    const units = (sum?.units ?? 0n) + (change?.units ?? 0n);
    const cents = (sum?.cents ?? 0n) + (change?.cents ?? 0n);
    if (units !== 0n || cents !== 0n) yield { ...window, units, cents };
  }
}

/** Every window whose units or amount are not what they must be, or that should (not) exist. */
export async function* windowFindings(
  expected: AsyncIterable<Window> | Iterable<Window>,
  found: AsyncIterable<Window> | Iterable<Window>,
): AsyncGenerator<Finding> {
  for await (const [must, row] of sideBySide(expected, found, byWindow)) {
    if (must?.units === row?.units && must?.cents === row?.cents) continue;
    const { hour, productId } = must ?? row;
    const start = new Date(hour * 3_600_000).toISOString().replace('.000Z', 'Z');
    const finding = totalFinding(
      `hourly-sales ${start} ${productId}`,
      must?.cents ?? null,
      row?.cents ?? null,
    );
    const onlyUnits = must !== undefined && row !== undefined && must.cents === row.cents;
    yield onlyUnits
      ? {
          ...finding,
          expected: `${must.units} units`,
          found: `${row.units} units`,
          difference: null,
        }
      : finding;
  }
}

/** PostgreSQL's customers with the corrections added; those of whom no order is known are left out. */
export async function* correctedCustomers(
  sums: AsyncIterable<CustomerSum> | Iterable<CustomerSum>,
  corrections: readonly CustomerSum[],
): AsyncGenerator<CustomerRow> {
  const sorted = [...corrections].sort(byCustomer);
  for await (const [sum, change] of sideBySide(sums, sorted, byCustomer)) {
    const { customerId } = sum ?? change;
    const { placed, orders, cents } = addedUp(customerId, sum, change);
    if (placed !== 0 || orders !== 0 || cents !== 0n) yield { customerId, orders, cents };
  }
}

/** Every customer whose orders or amount are not what they must be, or who should (not) be known. */
export async function* customerFindings(
  expected: AsyncIterable<CustomerRow> | Iterable<CustomerRow>,
  found: AsyncIterable<CustomerRow> | Iterable<CustomerRow>,
): AsyncGenerator<Finding> {
  for await (const [must, row] of sideBySide(expected, found, byCustomer)) {
    if (must?.orders === row?.orders && must?.cents === row?.cents) continue;
    const { customerId } = must ?? row;
    const key = `customer-totals ${customerId}`;
    const finding = totalFinding(key, must?.cents ?? null, row?.cents ?? null);
    const onlyOrders = must !== undefined && row !== undefined && must.cents === row.cents;
    yield onlyOrders ? { ...finding, ...countsOf(must.orders, row.orders) } : finding;
  }
}

/** Every status that another number of orders is in than must be. */
export function statusFindings(
  expected: ReadonlyMap<OrderStatus, number>,
  found: ReadonlyMap<OrderStatus, number>,
): Finding[] {
  const statuses = new Set([...expected.keys(), ...found.keys()]);
  return [...statuses].flatMap((status) => {
    const [must, shown] = [expected.get(status) ?? 0, found.get(status) ?? 0];
    if (must === shown) return [];
    const finding = totalFinding(`orders-by-status ${status}`, null, null);
    return [{ ...finding, ...countsOf(must, shown) }];
  });
}

const countsOf = (expected: number, found: number) => ({
  expected: `${expected} orders`,
  found: `${found} orders`,
  difference: null,
});

const byCustomer = (a: CustomerRow, b: CustomerRow): number => a.customerId - b.customerId;

function addedUp(customerId: number, ...sums: (CustomerSum | undefined)[]): CustomerSum {
  return {
    customerId,
    placed: sums.reduce((sum, one) => sum + (one?.placed ?? 0), 0),
    orders: sums.reduce((sum, one) => sum + (one?.orders ?? 0), 0),
    cents: sums.reduce((sum, one) => sum + (one?.cents ?? 0n), 0n),
  };
}

/** Sums orders and their lines into windows, products and customers. */
export class Corrections {
  readonly products = new Map<number, bigint>();
  private readonly windows = new Map<string, Window>();
  private readonly customers = new Map<number, CustomerSum>();

  /** An order that more (1) or fewer (-1) are placed or counted by. */
  addOrder(customerId: number, placed: -1 | 0 | 1, orders: -1 | 0 | 1): void {
    this.addCustomer({ customerId, placed, orders, cents: 0n });
  }

  add(line: Line, sign: -1 | 1): void {
    const { productId, hour, customerId } = line;
    const factor = BigInt(sign);
    const cents = factor * line.cents;
    this.products.set(productId, (this.products.get(productId) ?? 0n) + cents);
    this.addCustomer({ customerId, placed: 0, orders: 0, cents });
    const key = `${hour} ${productId}`;
    const before = this.windows.get(key);
    this.windows.set(key, {
      hour,
      productId,
      units: (before?.units ?? 0n) + factor * line.units,
      cents: (before?.cents ?? 0n) + cents,
    });
  }

  listWindows(): Window[] {
    return [...this.windows.values()];
  }

  listCustomers(): CustomerSum[] {
    return [...this.customers.values()];
  }

  private addCustomer(change: CustomerSum): void {
    const { customerId } = change;
    this.customers.set(customerId, addedUp(customerId, this.customers.get(customerId), change));
  }
}
