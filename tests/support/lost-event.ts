import { query } from 'local/query';
import type { Stack } from './stack';

/**
 * Writes an order of one product as a broken outbox would leave it: the order is there, its event is not.
 *
 * @returns its id
 */
export async function loseAnEvent(stack: Stack, productId: number): Promise<number> {
  const [lost] = await query<{ id: string }>(
    stack.database,
    `WITH placed AS (
       INSERT INTO orders (customer_id, status, placed_at, created_at, updated_at)
       VALUES (1, 'CREATED', now(), now(), now()) RETURNING id
     ), lines AS (
       INSERT INTO order_items SELECT id, 1, ${productId}, 2, 999 FROM placed
     ) SELECT id FROM placed`,
  );
  return Number(lost?.id);
}

/** Deletes such an order. */
export async function forget(stack: Stack, order: number): Promise<void> {
  await query(stack.database, `DELETE FROM order_items WHERE order_id = ${order}`);
  await query(stack.database, `DELETE FROM orders WHERE id = ${order}`);
}
