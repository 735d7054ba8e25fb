import { Client, type ClientConfig } from 'pg';
import type { IdRange } from 'contracts/snapshot';
import { CannotCompare, reason } from './cannot-compare';
import type { State } from './states';
import type { CustomerSum, Line, Window } from './totals';

/** Rows that PostgreSQL sends at once. */
const fetchSize = 5_000;
/** Orders whose items are asked for at once. */
const orderBatch = 1_000;

const hour = `floor(extract(epoch FROM o.placed_at) / 3600)::int`;

/** PostgreSQL's entities at one instant: a transaction that only reads and sees nothing newer. */
export class Truth {
  private cursors = 0;

  private constructor(private readonly client: Client) {}

  /** @throws {CannotCompare} when PostgreSQL does not answer */
  static async begin(database: ClientConfig): Promise<Truth> {
    const client = new Client({
      ...database,
      application_name: 'reconcile',
      connectionTimeoutMillis: 5_000,
    });
    // The statement under way fails with the same error.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      const truth = new Truth(client);
      // The snapshot is taken by the first statement.
      await truth.all('SELECT 1');
      return truth;
    } catch (error) {
      await client.end().catch(() => undefined);
      throw new CannotCompare(`PostgreSQL does not answer: ${reason(error)}`);
    }
  }

  /** Ends the transaction. */
  async end(): Promise<void> {
    await this.client.end().catch(() => undefined);
  }

  async sourceId(): Promise<string | null> {
    const [row] = await this.all<{ id: string }>('SELECT source_id::text AS id FROM source');
    return row?.id ?? null;
  }

  async *orders(
    ranges: readonly IdRange[] | null,
  ): AsyncGenerator<State & { readonly customerId: number }> {
    const sql = 'SELECT id, version, status, customer_id AS "customerId" FROM orders';
    for await (const row of this.states<{ customerId: string }>(sql, ranges)) {
      yield { ...row, customerId: Number(row.customerId) };
    }
  }

  async *products(
    ranges: readonly IdRange[] | null,
  ): AsyncGenerator<State & { readonly name: string; readonly category: string }> {
    const sql = 'SELECT id, version, NULL AS status, name, category FROM products';
    yield* this.states<{ name: string; category: string }>(sql, ranges);
  }

  /** The newest aggregates' ids; 0 where there are none. */
  async highestIds(): Promise<{ orders: number; products: number }> {
    const [row] = await this.all<{ orders: string; products: string }>(
      `SELECT (SELECT coalesce(max(id), 0) FROM orders) AS orders,
              (SELECT coalesce(max(id), 0) FROM products) AS products`,
    );
    return { orders: Number(row?.orders ?? 0), products: Number(row?.products ?? 0) };
  }

  /** What these orders' items add, cancelled or not. */
  async *linesOf(orderIds: readonly number[]): AsyncGenerator<Line> {
    for (let at = 0; at < orderIds.length; at += orderBatch) {
      const rows = await this.all<Record<keyof Line, string>>(
        `SELECT o.id AS "orderId", o.customer_id AS "customerId", i.product_id AS "productId", ${hour} AS hour,
                i.quantity AS units, i.quantity * i.price_cents AS cents
         FROM order_items i JOIN orders o ON o.id = i.order_id
         WHERE o.id = ANY($1::bigint[]) ORDER BY o.id, i.position`,
        [orderIds.slice(at, at + orderBatch)],
      );
      for (const row of rows) {
        const { orderId, customerId } = row;
        yield { orderId: Number(orderId), customerId: Number(customerId), ...windowOf(row) };
      }
    }
  }

  /** What each product sold, in cents; none for a product without sales. */
  async salesByProduct(): Promise<Map<number, bigint>> {
    const rows = await this.all<{ id: string; cents: string }>(
      `SELECT i.product_id AS id, sum(i.quantity * i.price_cents) AS cents
       FROM order_items i JOIN orders o ON o.id = i.order_id AND o.status <> 'CANCELLED'
       GROUP BY i.product_id`,
    );
    return new Map(rows.map(({ id, cents }) => [Number(id), BigInt(cents)]));
  }

  /** What each product sold in each hour, ascending. */
  async *windows(): AsyncGenerator<Window> {
    const rows = this.cursor<Record<keyof Window, string>>(
      `SELECT ${hour} AS hour, i.product_id AS "productId",
              sum(i.quantity) AS units, sum(i.quantity * i.price_cents) AS cents
       FROM order_items i JOIN orders o ON o.id = i.order_id AND o.status <> 'CANCELLED'
       GROUP BY 1, 2 ORDER BY 1, 2`,
    );
    for await (const row of rows) yield windowOf(row);
  }

  /** What each customer ordered, ascending. */
  async *customers(): AsyncGenerator<CustomerSum> {
    const rows = this.cursor<Record<keyof CustomerSum, string>>(
      `SELECT o.customer_id AS "customerId", count(*) AS placed,
              count(*) FILTER (WHERE o.status <> 'CANCELLED') AS orders,
              coalesce(sum(i.cents) FILTER (WHERE o.status <> 'CANCELLED'), 0) AS cents
       FROM orders o LEFT JOIN (
         SELECT order_id, sum(quantity * price_cents) AS cents FROM order_items GROUP BY order_id
       ) i ON i.order_id = o.id
       GROUP BY o.customer_id ORDER BY o.customer_id`,
    );
    for await (const { customerId, placed, orders, cents } of rows) {
      yield {
        customerId: Number(customerId),
        placed: Number(placed),
        orders: Number(orders),
        cents: BigInt(cents),
      };
    }
  }

  /** @throws {CannotCompare} with what PostgreSQL answered */
  async all<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
    try {
      return (await this.client.query(sql, values)).rows as Row[];
    } catch (error) {
      throw new CannotCompare(`PostgreSQL does not answer: ${reason(error)}`);
    }
  }

  private async *states<More = unknown>(
    sql: string,
    ranges: readonly IdRange[] | null,
  ): AsyncGenerator<State & More> {
    for (const { from, to } of ranges ?? [{ from: 1, to: Number.MAX_SAFE_INTEGER }]) {
      const rows = this.cursor<Omit<State, 'id'> & { id: string } & More>(
        `${sql} WHERE id BETWEEN ${from} AND ${to} ORDER BY id`,
      );
      for await (const row of rows) yield { ...row, id: Number(row.id) };
    }
  }

  private async *cursor<Row>(sql: string): AsyncGenerator<Row> {
    const name = `rows_${++this.cursors}`;
    await this.all(`DECLARE ${name} NO SCROLL CURSOR FOR ${sql}`);
    for (;;) {
      const rows = await this.all<Row>(`FETCH ${fetchSize} FROM ${name}`);
      yield* rows;
      if (rows.length < fetchSize) break;
    }
    await this.all(`CLOSE ${name}`);
  }
}

const windowOf = (row: Record<keyof Window, string>): Window => ({
  hour: Number(row.hour),
  productId: Number(row.productId),
  units: BigInt(row.units),
  cents: BigInt(row.cents),
});
