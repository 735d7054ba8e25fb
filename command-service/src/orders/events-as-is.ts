import { isSale } from 'contracts/aggregates';
import type { EventPayloads } from 'contracts/events';
import { parseDecimal } from 'contracts/money';
import type { Sql } from 'service-kit/sql';
import type { NewEvent } from '../outbox/append-event';
import { type Order, orderEvent, orderStatusUpdated } from './order';
import { findOrder } from './table';

/** What an order contributes to views while it counts. */
type OrderContent = Pick<Order, 'customerId' | 'placedAt' | 'items'>;

type OrderPayload = EventPayloads['OrderStatusUpdated'];

/**
 * Raises the version of an order that SQL has changed.
 *
 * When an order was counted with another content than it has now, two events are written: the first one cancels it with
 * its old content, which takes out what was counted; the second one states it as it is now.
 *
 * @returns the events that tell of it, in their order
 */
export async function orderEventsAsIs(sql: Sql, id: number): Promise<NewEvent[]> {
  await sql({
    name: 'lock-corrected-order',
    text: 'SELECT FROM orders WHERE id = $1 FOR UPDATE',
    values: [id],
  });
  const told = await toldContent(sql, id);
  const isOther = told !== undefined && !isSame(told, await presentOrder(sql, id));
  await raiseVersion(sql, id);
  if (isOther) await raiseVersion(sql, id);
  await sql({
    name: 'forget-order-before-change',
    text: 'DELETE FROM order_before_change WHERE order_id = $1',
    values: [id],
  });
  const order = await presentOrder(sql, id);
  if (!isOther) return [orderEvent(order)];
  const takenOut = { ...order, ...told, status: 'CANCELLED', version: order.version - 1 } as const;
  return [orderStatusUpdated(takenOut), orderEvent(order)];
}

/** Raises the version by 1: the database refuses larger steps. */
async function raiseVersion(sql: Sql, id: number): Promise<void> {
  await sql({
    name: 'raise-order-version',
    text: `UPDATE orders
           SET version = version + 1, updated_at = date_trunc('milliseconds', clock_timestamp())
           WHERE id = $1`,
    values: [id],
  });
}

/** Reads the order by a statement that begins after the lock was taken, so it sees the newest items. */
async function presentOrder(sql: Sql, id: number): Promise<Order> {
  const order = await findOrder(sql, id);
  if (order === undefined) throw new Error(`order ${id} vanished`);
  return order;
}

/**
 * The content with which views that have read all events of an order count it: what the database noted before SQL
 * changed the order, or else what its events in the outbox say.
 *
 * @returns undefined when neither is there
 */
async function toldContent(sql: Sql, id: number): Promise<OrderContent | undefined> {
  const [noted] = await sql<{ content: Omit<OrderContent, 'placedAt'> & { placedAt: string } }>({
    name: 'find-order-before-change',
    text: 'SELECT content FROM order_before_change WHERE order_id = $1',
    values: [id],
  });
  if (noted !== undefined) {
    return { ...noted.content, placedAt: new Date(noted.content.placedAt) };
  }
  const events = await sql<{ payload: OrderPayload }>({
    name: 'find-order-events',
    text: `SELECT payload
           FROM outbox
           WHERE aggregatetype = 'order' AND aggregateid = $1 AND sourceid = (SELECT source_id FROM source)
           ORDER BY aggregateversion, id`,
    values: [String(id)],
  });
  return countedOf(events.map(({ payload }) => payload));
}

/**
 * Applies the events as consumers do: while an order counts, they refuse an event with another content
 * (0075-corrections-by-sql.md).
 */
function countedOf(payloads: readonly OrderPayload[]): OrderContent | undefined {
  let counted: OrderPayload | undefined;
  for (const payload of payloads) {
    const isRefused =
      counted !== undefined && isSale(counted.status) && textOf(counted) !== textOf(payload);
    if (!isRefused) counted = payload;
  }
  return counted && contentOf(counted);
}

const textOf = ({ customerId, placedAt, items }: OrderPayload): string =>
  JSON.stringify([customerId, placedAt, items]);

const contentOf = ({ customerId, placedAt, items }: OrderPayload): OrderContent => ({
  customerId,
  placedAt: new Date(placedAt),
  items: items.map(({ productId, quantity, price }) => ({
    productId,
    quantity,
    priceCents: parseDecimal(price),
  })),
});

function isSame(told: OrderContent, now: OrderContent): boolean {
  const [before, after] = [told, now].map(({ customerId, placedAt, items }) =>
    JSON.stringify([
      customerId,
      placedAt.getTime(),
      items.map(({ productId, quantity, priceCents }) => [productId, quantity, priceCents]),
    ]),
  );
  return before === after;
}
