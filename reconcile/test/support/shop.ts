import type { OrderStatus } from 'contracts/events';
import type { SnapshotTable } from 'contracts/snapshot';
import type { Client } from 'pg';
import { oracles } from '../../src/oracles/oracles';

/** An order in PostgreSQL, and the version of it that a query service has; 0: none. */
export interface Order {
  readonly id: number;
  readonly version: number;
  readonly known: number;
  readonly cancelledAt: number | null;
  readonly customerId: number;
  readonly hour: number;
  readonly lines: readonly { productId: number; quantity: number; priceCents: number | bigint }[];
}

/** What a product is called, there and here; they differ only where the versions do. */
export interface Product {
  readonly id: number;
  readonly version: number;
  readonly known: number;
  readonly name: string;
  readonly category: string;
  readonly knownName: string;
  readonly knownCategory: string;
}

export interface Shop {
  readonly orders: readonly Order[];
  readonly products: readonly Product[];
}

const lives: readonly OrderStatus[] = ['CREATED', 'SHIPPED', 'DELIVERED'];

export const statusAt = ({ cancelledAt }: Order, version: number): OrderStatus =>
  cancelledAt !== null && cancelledAt <= version
    ? 'CANCELLED'
    : (lives[version - 1] ?? 'DELIVERED');

/** Makes PostgreSQL hold this shop and nothing else. */
export async function writeShop(owner: Client, { orders, products }: Shop): Promise<void> {
  const rows = {
    products: products.map(({ id, name, category, version }) => ({ id, name, category, version })),
    orders: orders.map((order) => ({
      id: order.id,
      customer_id: order.customerId,
      status: statusAt(order, order.version),
      version: order.version,
      placed_at: new Date(order.hour * 3_600_000 + 1_234_567).toISOString(),
    })),
    items: orders.flatMap(({ id, lines }) =>
      lines.map(({ productId, quantity, priceCents }, position) => ({
        order_id: id,
        position,
        product_id: productId,
        quantity,
        price_cents: String(priceCents),
      })),
    ),
  };
  await owner.query('TRUNCATE orders, order_items, products');
  await owner.query(
    `WITH shop AS (SELECT $1::json AS rows), p AS (
       INSERT INTO products (id, name, category, price_cents, version) OVERRIDING SYSTEM VALUE
       SELECT id, name, category, 100, version
       FROM shop, json_populate_recordset(NULL::products, rows -> 'products')
     ), o AS (
       INSERT INTO orders (id, customer_id, status, version, placed_at, created_at, updated_at)
       OVERRIDING SYSTEM VALUE
       SELECT id, customer_id, status, version, placed_at, now(), now()
       FROM shop, json_populate_recordset(NULL::orders, rows -> 'orders')
     )
     INSERT INTO order_items
     SELECT item.* FROM shop, json_populate_recordset(NULL::order_items, rows -> 'items') AS item`,
    [JSON.stringify(rows)],
  );
}

export type Cell = string | number | bigint | null;
export type Rows = Cell[][];
/** The rows of the views' tables, by table: key, then the other columns in the order of `tables`. */
export type Views = Record<string, Rows>;

/** As a query service may declare them: the order of the columns is its own. */
const shown: readonly SnapshotTable[] = [
  { name: 'product-sales', key: ['product_id'], columns: ['total_cents'] },
  { name: 'product-revenue', key: ['product_id'], columns: ['category', 'total_cents'] },
  { name: 'category-revenue', key: ['category'], columns: ['products', 'total_cents'] },
  { name: 'hourly-sales', key: ['hour', 'product_id'], columns: ['total_cents', 'units'] },
  { name: 'product-name', key: ['product_id'], columns: ['name'] },
  { name: 'orders-by-status', key: ['status'], columns: ['orders'] },
  { name: 'customer-totals', key: ['customer_id'], columns: ['orders', 'total_cents'] },
];

/** With those that show what a shop here has none of: they are empty. */
export const tables: readonly SnapshotTable[] = [
  ...shown,
  ...oracles
    .filter(({ table }) => !shown.some(({ name }) => name === table))
    .map(({ table, key, columns }) => ({
      name: table,
      key: Object.keys(key),
      columns: Object.keys(columns),
    })),
];

/** What the views must show at the versions that the query service has: line by line, in the plainest way. */
export function viewsOf({ orders, products }: Shop): Views {
  const known = orders.filter((order) => order.known > 0);
  const sold = known.filter((order) => statusAt(order, order.known) !== 'CANCELLED');
  const lines = sold.flatMap(({ lines: all, ...order }) =>
    all.map(({ productId, quantity, priceCents }) => ({
      ...order,
      productId,
      quantity,
      cents: BigInt(quantity) * BigInt(priceCents),
    })),
  );
  type Line = (typeof lines)[number];
  const sum = (of: (line: Line) => boolean): bigint =>
    lines.filter(of).reduce((cents, line) => cents + line.cents, 0n);
  const named = new Set(known.flatMap((order) => order.lines.map(({ productId }) => productId)));
  const shown = products.filter(({ id, known: version }) => version > 0 || named.has(id));
  const words = products.filter(({ known: version }) => version > 0).map(knownWords);
  const windows = unique(lines.map(({ hour, productId }) => [hour, productId] as const));
  return {
    'product-sales': shown.map(({ id }) => [id, sum(({ productId }) => productId === id)]),
    'product-revenue': shown.map(({ id }) => [
      id,
      words.find((product) => product.id === id)?.category ?? null,
      sum(({ productId }) => productId === id),
    ]),
    'category-revenue': unique(words.map(({ category }) => [category] as const))
      .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map(([category]) => {
        const ids = words.filter((product) => product.category === category).map(({ id }) => id);
        return [category, ids.length, sum(({ productId }) => ids.includes(productId))];
      }),
    'hourly-sales': windows
      .sort(([hourA, a], [hourB, b]) => hourA - hourB || a - b)
      .map(([hour, id]) => {
        const isIn = (line: Line): boolean => line.hour === hour && line.productId === id;
        const units = lines.filter(isIn).reduce((all, { quantity }) => all + quantity, 0);
        return [hour, id, sum(isIn), units];
      }),
    'product-name': words.map(({ id, name }) => [id, name]),
    'orders-by-status': unique(known.map((order) => [statusAt(order, order.known)] as const))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([status]) => [
        status,
        known.filter((order) => statusAt(order, order.known) === status).length,
      ]),
    'customer-totals': unique(known.map(({ customerId }) => [customerId] as const))
      .sort(([a], [b]) => a - b)
      .map(([id]) => [
        id,
        sold.filter(({ customerId }) => customerId === id).length,
        sum(({ customerId }) => customerId === id),
      ]),
  };
}

function knownWords(product: Product): { id: number; name: string; category: string } {
  const { id, known, version, name, category, knownName, knownCategory } = product;
  return known === version
    ? { id, name, category }
    : { id, name: knownName, category: knownCategory };
}

function unique<T extends readonly unknown[]>(all: readonly T[]): T[] {
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}
