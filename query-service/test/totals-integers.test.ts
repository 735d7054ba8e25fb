import fc from 'fast-check';
import { eachTable } from 'contracts/aggregates';
import type { Changes } from '../src/model/changes';
import type { ProductEvent } from '../src/model/event';
import { Connection } from '../src/store/sqlite/connection';
import type { Step } from '../src/store/view-store';
import { noChanges, nothingApplied } from './support/changes';
import { fetched, item, order, sourceId } from './support/events';
import { openSqliteTarget, type SqliteTarget } from './simulation/sqlite-target';

/** As large as a product's can get. */
const content = 2 ** 48 - 1;

let target: SqliteTarget;
let reader: Connection;
beforeAll(async () => {
  target = await openSqliteTarget();
  reader = await Connection.openReader(target.file);
});
afterAll(async () => {
  await reader.close();
  await target.close();
});

/** Where integers change their type or lose digits on the way through sqlite3, JSON or a double. */
const edges = [0, 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1].flatMap((edge) => [edge - 1, edge, edge + 1]);
const integer = fc.oneof(
  fc.constantFrom(...edges.flatMap((edge) => [edge, -edge]).filter(Number.isSafeInteger)),
  fc.maxSafeInteger(),
);
const natural = integer.map(Math.abs);

const step = (offset: number, changes: Partial<Changes>, more: Partial<Step> = {}): Step => ({
  changes: { ...noChanges, ...changes },
  newest: nothingApplied,
  parked: [],
  settled: [],
  healing: null,
  progress: [{ topic: 'order-events', partition: offset, offset, eventId: null }],
  sourceId: null,
  basis: null,
  ...more,
});

/** Every row of a table, each value as SQLite writes it: no integer passes through a double. */
async function texts(table: string, columns: string): Promise<string[][]> {
  const list = columns.split(', ').map((column) => `CAST(${column} AS TEXT)`);
  const rows = await reader.all<{ texts: string }>(
    `SELECT json_array(${list.join(', ')}) AS texts FROM ${table}`,
  );
  return rows.map((row) => JSON.parse(row.texts) as string[]);
}

/** The columns that are declared INTEGER and hold something else: `table.column`. */
async function notIntegers(): Promise<string[]> {
  const columns = await reader.all<{ tbl: string; col: string }>(
    `SELECT t.name AS tbl, c.name AS col FROM sqlite_schema t, pragma_table_info(t.name) c
     WHERE t.type = 'table' AND c.type = 'INTEGER'`,
  );
  expect(columns).not.toHaveLength(0);
  const wrong: string[] = [];
  for (const { tbl, col } of columns) {
    const found = await reader.all(
      `SELECT 1 FROM ${tbl} WHERE typeof(${col}) NOT IN ('integer', 'null')`,
    );
    if (found.length > 0) wrong.push(`${tbl}.${col}`);
  }
  return wrong;
}

const text = (value: number): string => String(value + 0);

test('every integer comes out of every statement as it went in, as an integer', async () => {
  const values = fc.record({
    id: integer,
    otherId: integer,
    hour: integer,
    units: natural,
    cents: integer,
    version: integer,
    offset: natural,
  });
  await fc.assert(
    fc.asyncProperty(values, async ({ id, otherId, hour, units, cents, version, offset }) => {
      const { store } = target;
      await target.erase();
      const record = fetched(order(1, [item(1, 1, '1.00')]), offset);
      await store.commit(
        step(
          offset,
          {
            sales: [{ productId: id, hour, units, cents }],
            orders: [{ customerId: otherId, hour, from: null, to: 'SHIPPED', cents }],
            products: [{ id, name: 'P', category: 'A' } as ProductEvent],
          },
          {
            newest: {
              ...nothingApplied,
              orders: new Map([[otherId, { version, status: 'CANCELLED', content }]]),
              products: new Map([[id, { version, content }]]),
            },
            parked: [
              {
                record,
                reason: 'a test',
                identity: { eventId: null, kind: 'order', subject: otherId, version },
              },
            ],
            sourceId,
          },
        ),
      );

      expect(await notIntegers()).toEqual([]);
      const [i, h, u, c, v] = [id, hour, units, cents, version].map(text);
      expect(await texts('product_sales', 'product_id, total_cents')).toEqual([[i, c]]);
      expect(await texts('product_revenue', 'product_id, total_cents')).toEqual([[i, c]]);
      expect(await texts('category_revenue', 'category, products, total_cents')).toEqual([
        ['A', '1', c],
      ]);
      expect(await texts('hourly_sales', 'hour, product_id, units, total_cents')).toEqual(
        units === 0 ? [] : [[h, i, u, c]],
      );
      expect(await texts('order_state', 'order_id, version, status, content')).toEqual([
        [text(otherId), v, '3', text(content)],
      ]);
      expect(await texts('customer_totals', 'customer_id, orders, total_cents')).toEqual([
        [text(otherId), '1', c],
      ]);
      expect(await texts('product_name', 'product_id, name')).toEqual([[i, 'P']]);
      expect(await texts('product_state', 'product_id, version, content')).toEqual([
        [i, v, text(content)],
      ]);
      expect(await texts('dead_letter', 'partition, record_offset')).toEqual([['0', text(offset)]]);
      expect(await store.progress()).toEqual([
        { topic: 'order-events', partition: offset, offset, eventId: null },
      ]);
      const ids = { ...eachTable(() => []), orders: [otherId], products: [id] };
      expect(await store.appliedVersions(ids, null)).toEqual({
        ...nothingApplied,
        orders: new Map([[otherId + 0, { version: version + 0, status: 'CANCELLED', content }]]),
        products: new Map([[id + 0, { version: version + 0, content }]]),
      });

      // The same rows again: moved, then taken out.
      await store.commit(
        step(offset, { products: [{ id, name: 'P', category: 'B' } as ProductEvent] }),
      );
      expect(await texts('category_revenue', 'category, products, total_cents')).toEqual([
        ['B', '1', c],
      ]);
      const takenOut = { productId: id, hour, units: -units, cents: -cents };
      await store.commit(step(offset, { sales: [takenOut] }));
      expect(await texts('product_sales', 'product_id, total_cents')).toEqual([[i, '0']]);
      expect(await texts('category_revenue', 'category, total_cents')).toEqual([['B', '0']]);
      expect(await texts('hourly_sales', 'hour')).toEqual([]);
      expect(await notIntegers()).toEqual([]);
    }),
    { numRuns: 200 },
  );
});
