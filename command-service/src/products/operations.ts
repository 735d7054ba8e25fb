import { answers, type Operations, refuses, takes } from 'service-kit/openapi/operation';
import {
  commandRefusals,
  createdHeaders,
  entityHeaders,
  idempotencyKey,
  notModified,
  readConditions,
  readRefusals,
  traceparent,
} from '../http/headers';
import { fields, published } from '../http/validation';
import { createProduct } from './requests';

const product = published({
  title: 'Product',
  type: 'object',
  additionalProperties: false,
  required: ['id', 'name', 'category', 'price'],
  properties: { id: fields.id, name: fields.text, category: fields.text, price: fields.price },
});

/** Describes the routes of `productRoutes`. */
export const productOperations: Operations = {
  'POST /api/products': {
    operationId: 'createProduct',
    summary: 'Create a product',
    parameters: [idempotencyKey, traceparent],
    requestBody: takes(published(createProduct), {
      name: 'Laptop',
      category: 'Electronics',
      price: 500,
    }),
    responses: {
      201: answers('The product.', product, createdHeaders('/api/products')),
      400: refuses('The body or the `Idempotency-Key` is malformed.'),
      409: refuses('A request with this `Idempotency-Key` is under way.'),
      422: refuses('The `Idempotency-Key` stands for a request with another body.'),
      ...commandRefusals,
    },
  },
  'GET /api/products/{id}': {
    operationId: 'getProduct',
    summary: 'Read a product',
    parameters: [
      { name: 'id', in: 'path', required: true, schema: fields.id, example: 1 },
      ...readConditions,
    ],
    responses: {
      200: answers('The product.', product, entityHeaders),
      304: notModified,
      404: refuses('There is no such product.'),
      ...readRefusals,
    },
  },
};
