import {
  answers,
  type Operations,
  type Parameter,
  refuses,
  takes,
} from 'service-kit/openapi/operation';
import { nextPage, pageParameters } from 'service-kit/openapi/pages';
import {
  commandRefusals,
  createdHeaders,
  entityHeaders,
  idempotencyKey,
  ifMatch,
  ifNoneMatch,
  invalidBody,
  invalidCondition,
  keyInUse,
  keyOfAnotherRequest,
  listRefusals,
  malformedCommand,
  notModified,
  readConditions,
  readRefusals,
  traceparent,
} from '../http/headers';
import { filter, mostLookedAt, pageSizes } from '../http/lists';
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

const noOrder = refuses('There is no such order.', { 'not-found': 'there is no order 999' });

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
      400: malformedCommand,
      409: keyInUse,
      422: refuses(
        'It names products that do not exist (`unknownProducts`), it is placed in the future, or the ' +
          '`Idempotency-Key` stands for a request with another body.',
        {
          'unknown-product': { detail: 'there is no product 999', unknownProducts: [999] },
          'placed-in-the-future': {
            detail: 'the order is placed in the future: see errors',
            errors: [{ path: '/placedAt', message: 'must be at most 5 minutes ahead' }],
          },
          ...keyOfAnotherRequest,
        },
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
      400: refuses('The body, `If-Match` or `If-None-Match` is malformed.', {
        ...invalidBody,
        ...invalidCondition,
      }),
      404: noOrder,
      409: refuses('No way leads from its status to that one.', {
        'no-such-step': 'order 1 is SHIPPED: it cannot become CANCELLED',
      }),
      412: refuses(
        'It has another version than `If-Match` asks for, or one that `If-None-Match` rules out.',
        { 'other-version': 'order 1 has version 2 now: read it again' },
      ),
      ...commandRefusals,
    },
  },
  'GET /api/orders': {
    operationId: 'listOrders',
    summary: 'List orders',
    description:
      `The last placed first, as they are now. One page looks at ${mostLookedAt} orders at most: where the filters pass over ` +
      'many, it has fewer than `limit`, or none, and `Link` leads on.',
    parameters: [
      filter('customerId', 'Only of this customer.', fields.id),
      filter('productId', 'Only with a line of this product.', fields.id),
      filter('category', 'Only with a line of a product in this category.', published(fields.text)),
      filter('status', 'Only with this status.', orderStatus),
      filter('placedFrom', 'Only placed at this instant, or later.', published(fields.instant)),
      filter('placedTo', 'Only placed before this instant.', published(fields.instant)),
      ...pageParameters({ of: 'Orders', ...pageSizes, cursor: '^-?[0-9]{1,15}:[0-9]{1,16}$' }),
    ],
    responses: {
      200: answers(
        'The orders.',
        { type: 'array', maxItems: pageSizes.max, items: order },
        nextPage,
      ),
      ...listRefusals,
    },
  },
  'GET /api/orders/{id}': {
    operationId: 'getOrder',
    summary: 'Read an order',
    parameters: [id, ...readConditions],
    responses: {
      200: answers('The order.', order, entityHeaders),
      304: notModified,
      404: noOrder,
      ...readRefusals,
    },
  },
};
