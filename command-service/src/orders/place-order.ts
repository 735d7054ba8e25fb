import { v7 as uuidv7 } from 'uuid';
import { Problem } from 'service-kit/problem';
import { type Answer, entityAnswer } from '../http/answer';
import type { KeyedRequest } from '../idempotency/keyed-request';
import { replay, underWay } from '../idempotency/once';
import { checkedPayload, type Route } from '../outbox/append-event';
import { type NewOrder, type Order, orderAnswer, orderCreated } from './order';
import { filledIn, type OrderRow, type Outcome, standIns } from './place-orders-statement';
import { path } from './requests';

/** A request to place an order. */
export interface PlaceOrder {
  readonly order: NewOrder;
  /** Undefined without an `Idempotency-Key`. */
  readonly request: KeyedRequest | undefined;
}

/**
 * The order as the statement takes it.
 *
 * @throws as `appendEvent`
 */
export function orderRow({ order, request }: PlaceOrder, { topic, traceparent }: Route): OrderRow {
  return {
    customer_id: order.customerId,
    placed_ms: order.placedAt?.getTime() ?? null,
    items: order.items.map(({ productId, quantity, priceCents }) => ({
      product_id: productId,
      quantity,
      price_cents: priceCents,
    })),
    event_id: uuidv7(),
    payload: payloadToFill(order),
    topic,
    traceparent,
    key: request === undefined ? null : { ...keyOf(request), ...answerToFill(order) },
  };
}

/**
 * The answer to a request, made from what the statement returned for it.
 *
 * @throws {Problem} 422 when it is placed more than 5 minutes in the future by the database's clock, names unknown
 *   products, or its key stands for another body; 409 while another request of its key runs
 */
export function answerOf({ order, request }: PlaceOrder, outcome: Outcome): Answer {
  const { first, unknownProducts, placed } = outcome;
  if (request !== undefined && first !== null) {
    return replay(request, { ...first, fingerprint: Buffer.from(first.fingerprint, 'hex') });
  }
  if (outcome.ahead) {
    const errors = [{ path: '/placedAt', message: 'must be at most 5 minutes ahead' }];
    throw new Problem(422, 'the order is placed in the future: see errors', {
      code: 'placed-in-the-future',
      errors,
    });
  }
  if (unknownProducts !== null) {
    throw new Problem(422, `there is no product ${unknownProducts.join(', ')}`, {
      code: 'unknown-product',
      unknownProducts,
    });
  }
  if (placed !== null) {
    return created(asPlaced(order, { id: placed.id, placedAt: new Date(placed.placedAt) }));
  }
  throw request === undefined ? new Error('the order was not inserted') : underWay(request);
}

const created = (order: Order): Answer =>
  entityAnswer(201, 'order', order, orderAnswer(order), { Location: `${path}/${order.id}` });

/** The database decides when the order was written; only its event shows that time. */
const asPlaced = (
  { customerId, items }: NewOrder,
  { id, placedAt }: { id: number; placedAt: Date },
): Order => ({
  id,
  customerId,
  status: 'CREATED',
  items,
  version: 1,
  placedAt,
  updatedAt: placedAt,
});

const keyOf = ({ route, key, fingerprint }: KeyedRequest) => ({
  route,
  key,
  fingerprint: fingerprint.toString('hex'),
});

/** The answer with stand-ins for what the database knows. */
function answerToFill(order: NewOrder) {
  const { status, headers, body } = created(asPlaced(order, standIns));
  return { status, headers: JSON.stringify(headers), body };
}

/**
 * The event's payload without the members that the database fills in. It is checked as a whole before anything is
 * written, with stand-ins in their place: of the same type, and as long as they can get.
 *
 * @throws as `appendEvent`
 */
function payloadToFill(order: NewOrder): string {
  const event = orderCreated(
    asPlaced(order, { id: Number.MAX_SAFE_INTEGER, placedAt: new Date(0) }),
  );
  checkedPayload(event);
  return JSON.stringify(
    Object.fromEntries(Object.entries(event.payload).filter(([field]) => !(field in filledIn))),
  );
}
