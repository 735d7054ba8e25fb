import { query } from 'local/query';
import type { Stack } from '../../support/stack';
import type { KnownOrder, Ledger } from '../workload/ledger';
import { Violation } from '../violation';

interface OrderRow {
  readonly id: string;
  readonly mark: string;
  readonly version: number;
  readonly status: string;
}

/**
 * A: each acknowledged command has exactly one entity change and one outbox row, each refused one none.
 * One without an answer happened once or not at all.
 *
 * @throws {Violation} naming the first that has not
 */
export async function checkCommands(stack: Stack, ledger: Ledger): Promise<void> {
  const rows = await query<OrderRow>(
    stack.database,
    'SELECT id::text, customer_id::text AS mark, version, status FROM orders ORDER BY id',
  );
  const byMark = new Map<number, OrderRow[]>();
  for (const row of rows)
    byMark.set(Number(row.mark), [...(byMark.get(Number(row.mark)) ?? []), row]);
  for (const order of ledger.orders.filter(({ lostAt }) => lostAt === undefined)) {
    checkOrder(order, byMark.get(order.mark) ?? []);
    byMark.delete(order.mark);
  }
  const [unasked] = byMark.values();
  if (unasked !== undefined) {
    throw new Violation('A', `order ${unasked[0]?.id} was refused or lost, and is there`);
  }
  await checkProducts(stack, ledger);
  await checkOutbox(stack);
}

function checkOrder(order: KnownOrder, rows: readonly OrderRow[]): void {
  const wrong = (what: string): Violation =>
    new Violation('A', `order ${order.id ?? `with customer ${order.mark}`} ${what}`);
  const [row, another] = rows;
  if (another !== undefined)
    throw wrong(`was placed once and is there as ${row?.id}, ${another.id}`);
  if (order.outcome === 'refused' && row !== undefined) throw wrong('was refused, and is there');
  if (order.outcome !== 'acknowledged') return;
  if (row === undefined) throw wrong('was acknowledged, and is not there');
  const expected = `${order.id} v${order.version} ${order.status}`;
  const found = `${row.id} v${row.version} ${row.status}`;
  if (expected !== found) throw wrong(`was acknowledged as ${expected}, and is ${found}`);
}

async function checkProducts(stack: Stack, ledger: Ledger): Promise<void> {
  const rows = await query<{ id: string; name: string }>(
    stack.database,
    'SELECT id::text, name FROM products ORDER BY id',
  );
  const acknowledged = ledger.products.filter(
    ({ outcome, lostAt }) => outcome === 'acknowledged' && lostAt === undefined,
  );
  const expected = acknowledged.map(({ id, name }) => `${id} ${name}`).sort();
  const found = rows.map(({ id, name }) => `${id} ${name}`).sort();
  const odd = [
    ...expected.filter((product) => !found.includes(product)),
    ...found.filter((product, i) => !expected.includes(product) || found.indexOf(product) !== i),
  ];
  if (odd.length > 0)
    throw new Violation('A', `product ${odd[0]} is only acknowledged or only there`);
}

/** Every version of every aggregate has one row: what is purged is older than any run. */
async function checkOutbox(stack: Stack): Promise<void> {
  const [odd] = await query<{ aggregate: string; version: number; wanted: number; found: string }>(
    stack.database,
    `WITH wanted AS (
       SELECT 'order' AS type, id, generate_series(1, version) AS version, 1 AS wanted FROM orders
       UNION ALL
       SELECT 'product', id, generate_series(1, version), 1 FROM products
     ), found AS (
       SELECT aggregatetype AS type, aggregateid::bigint AS id, aggregateversion AS version,
              count(*) AS found
       FROM outbox GROUP BY 1, 2, 3
     )
     SELECT type || ' ' || id AS aggregate, version,
            coalesce(wanted, 0) AS wanted, coalesce(found, 0)::text AS found
     FROM wanted FULL JOIN found USING (type, id, version)
     WHERE coalesce(wanted, 0) <> coalesce(found, 0)
     ORDER BY id, version LIMIT 1`,
  );
  if (odd !== undefined) {
    throw new Violation(
      'A',
      `${odd.aggregate}: the outbox has ${odd.found} rows of version ${odd.version}, not ${odd.wanted}`,
    );
  }
}
