import { failpoint } from 'service-kit/failpoints';
import { failpoints } from '../failpoints';
import type { Sql } from '../transaction';
import type { Order, OrderItem } from './order';

/** An order that does not exist yet. */
export interface NewOrder {
  readonly customerId: number;
  readonly items: readonly OrderItem[];
  /** Null: now, by the database's clock. */
  readonly placedAt: Date | null;
}

/** Writes an order of version 1 with its items. */
export async function insertOrder(sql: Sql, order: NewOrder): Promise<Order> {
  const [inserted] = await sql<Pick<Order, 'id' | 'placedAt' | 'version' | 'updatedAt'>>(
    `WITH clock AS MATERIALIZED (
       SELECT date_trunc('milliseconds', clock_timestamp()) AS now
     ), inserted AS (
       INSERT INTO orders (customer_id, status, placed_at, created_at, updated_at)
       SELECT $1, 'CREATED', coalesce($2, now), now, now
       FROM clock
       RETURNING id, placed_at, version, updated_at
     ), inserted_items AS (
       INSERT INTO order_items (order_id, position, product_id, quantity, price_cents)
       SELECT id, position, product_id, quantity, price_cents
       FROM inserted, unnest($3::bigint[], $4::int[], $5::bigint[])
         WITH ORDINALITY AS item (product_id, quantity, price_cents, position)
     )
     SELECT id, placed_at AS "placedAt", version, updated_at AS "updatedAt"
     FROM inserted`,
    [
      order.customerId,
      order.placedAt,
      order.items.map(({ productId }) => productId),
      order.items.map(({ quantity }) => quantity),
      order.items.map(({ priceCents }) => priceCents),
    ],
  );
  await failpoint(failpoints.entityWritten);
  if (inserted === undefined) throw new Error('the order was not inserted');
  return { ...order, ...inserted, status: 'CREATED' };
}
