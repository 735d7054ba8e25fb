import {
  answers,
  type Operations,
  type Parameter,
  refuses,
  takes,
} from 'service-kit/openapi/operation';
import {
  commandRefusals,
  createdHeaders,
  entityHeaders,
  idempotencyKey,
  ifMatch,
  ifNoneMatch,
  notModified,
  readConditions,
  readRefusals,
  traceparent,
} from '../http/headers';
import { fields, published } from '../http/validation';
import { changeStatus, createOrder, orderItem, orderStatus } from './requests';

const order = published({
  title: 'Order',
  type: 'object',
  additionalProperties: false,
  required: ['id', 'customerId', 'status', 'items', 'placedAt'],
  properties: {
    id: fields.id,
    customerId: fields.id,
    status: orderStatus,
    items: { type: 'array', minItems: 1, maxItems: 500, items: orderItem },
    placedAt: fields.instant,
  },
});

const id: Parameter = { name: 'id', in: 'path', required: true, schema: fields.id, example: 1 };

/** Describes the routes of `orderRoutes`. */
export const orderOperations: Operations = {
  'POST /api/orders': {
    operationId: 'placeOrder',
    summary: 'Place an order',
    description:
      'The order keeps the price that it states. `placedAt` is for imported orders, at most 5 minutes ahead; ' +
      "without it, the order is placed now, by the database's clock.",
    parameters: [idempotencyKey, traceparent],
    requestBody: takes(published(createOrder), {
      customerId: 1,
      items: [{ productId: 1, quantity: 2, price: 500 }],
    }),
    responses: {
      201: answers('The order.', order, createdHeaders('/api/orders')),
      400: refuses('The body or the `Idempotency-Key` is malformed.'),
      409: refuses('A request with this `Idempotency-Key` is under way.'),
      422: refuses(
        'It names products that do not exist (`unknownProducts`), it is placed in the future, or the ' +
          '`Idempotency-Key` stands for a request with another body.',
      ),
      ...commandRefusals,
    },
  },
  'PUT /api/orders/{id}/status': {
    operationId: 'changeOrderStatus',
    summary: "Move an order's status",
    description:
      'CREATED → SHIPPED → DELIVERED, CREATED → CANCELLED. The status that it already has changes nothing, ' +
      'and is no error.',
    parameters: [id, ifMatch, ifNoneMatch, traceparent],
    requestBody: takes(published(changeStatus), { status: 'SHIPPED' }),
    responses: {
      200: answers('The order as it is now.', order, entityHeaders),
      400: refuses('The body, `If-Match` or `If-None-Match` is malformed.'),
      404: refuses('There is no such order.'),
      409: refuses('No way leads from its status to that one.'),
      412: refuses(
        'It has another version than `If-Match` asks for, or one that `If-None-Match` rules out.',
      ),
      ...commandRefusals,
    },
  },
  'GET /api/orders/{id}': {
    operationId: 'getOrder',
    summary: 'Read an order',
    parameters: [id, ...readConditions],
    responses: {
      200: answers('The order.', order, entityHeaders),
      304: notModified,
      404: refuses('There is no such order.'),
      ...readRefusals,
    },
  },
};
