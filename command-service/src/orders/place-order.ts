import { v7 as uuidv7 } from 'uuid';
import { currentVersion } from 'contracts/events';
import { Problem } from 'service-kit/problem';
import type { Sql } from 'service-kit/sql';
import { checkedPayload, inSendSpan, type Route } from '../outbox/append-event';
import { type NewOrder, type Order, orderCreated } from './order';
import { filledIn, placeOrderStatement } from './place-order-statement';

/** What the database adds to an order; of a refused one nothing, but the reason. */
type Placed = Pick<Order, 'id' | 'placedAt' | 'version' | 'updatedAt'>;
type Outcome = (
  { id: number; placedAt: string; version: number; updatedAt: string } | { id: null }
) & {
  ahead: boolean;
  unknownProducts: number[] | null;
};

/**
 * Writes a new order with its items and its event by one statement, which is one round trip
 * (docs/decisions/0039-an-order-is-one-statement.md).
 *
 * @throws {Problem} 422 when it is placed more than 5 minutes in the future by the database's clock, or names
 *   unknown products
 */
export async function placeOrder(sql: Sql, order: NewOrder, route: Route): Promise<Order> {
  const outcome = await inSendSpan('OrderCreated', route, (traceparent) =>
    write(sql, order, { ...route, traceparent }),
  );
  return { ...order, status: 'CREATED', ...accepted(outcome) };
}

async function write(
  sql: Sql,
  order: NewOrder,
  { topic, traceparent }: Route,
): Promise<Outcome | undefined> {
  const { items } = order;
  const [outcome] = await sql<Outcome>({
    name: 'place-order',
    text: placeOrderStatement,
    values: [
      order.customerId,
      order.placedAt,
      items.map(({ productId }) => productId),
      items.map(({ quantity }) => quantity),
      items.map(({ priceCents }) => priceCents),
      uuidv7(),
      payloadToFill(order),
      isoFormat,
      topic,
      currentVersion.OrderCreated,
      traceparent,
    ],
  });
  return outcome;
}

/** As `Date.toISOString` writes a time. */
const isoFormat = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"';
const aTime = new Date(0);

/**
 * The event's payload without what the database fills in. It is checked as a whole, before anything is written, with
 * stand-ins for that: of the same type, and as long as it can get.
 *
 * @throws as `appendEvent`
 */
function payloadToFill(order: NewOrder): string {
  const event = orderCreated({
    ...order,
    id: Number.MAX_SAFE_INTEGER,
    status: 'CREATED',
    version: 1,
    placedAt: aTime,
    updatedAt: aTime,
  });
  checkedPayload(event);
  return JSON.stringify(
    Object.fromEntries(Object.entries(event.payload).filter(([field]) => !(field in filledIn))),
  );
}

function accepted(outcome: Outcome | undefined): Placed {
  if (outcome === undefined) throw new Error('the statement has no answer');
  if (outcome.ahead) {
    const errors = [{ path: '/placedAt', message: 'must be at most 5 minutes ahead' }];
    throw new Problem(422, 'the order is placed in the future: see errors', { errors });
  }
  const { unknownProducts } = outcome;
  if (unknownProducts !== null) {
    throw new Problem(422, `there is no product ${unknownProducts.join(', ')}`, {
      unknownProducts,
    });
  }
  if (outcome.id === null) throw new Error('the order was not inserted');
  const { id, placedAt, version, updatedAt } = outcome;
  return { id, placedAt: new Date(placedAt), version, updatedAt: new Date(updatedAt) };
}
