import { answers, type Operations, refuses, takes } from 'service-kit/openapi/operation';
import { nextPage, pageParameters } from 'service-kit/openapi/pages';
import {
  commandRefusals,
  createdHeaders,
  entityHeaders,
  idempotencyKey,
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
      400: malformedCommand,
      409: keyInUse,
      422: refuses(
        'The `Idempotency-Key` stands for a request with another body.',
        keyOfAnotherRequest,
      ),
      ...commandRefusals,
    },
  },
  'GET /api/products': {
    operationId: 'listProducts',
    summary: 'List products',
    description:
      `By their ids. One page looks at ${mostLookedAt} products at most: where the filters pass over many, it has fewer than ` +
      '`limit`, or none, and `Link` leads on.',
    parameters: [
      filter('category', 'Only in this category.', published(fields.text)),
      filter(
        'name',
        'Only with this in their name, in upper or lower case.',
        published(fields.text),
      ),
      ...pageParameters({ of: 'Products', ...pageSizes, cursor: '^[1-9][0-9]{0,15}$' }),
    ],
    responses: {
      200: answers(
        'The products.',
        { type: 'array', maxItems: pageSizes.max, items: product },
        nextPage,
      ),
      ...listRefusals,
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
      404: refuses('There is no such product.', { 'not-found': 'there is no product 999' }),
      ...readRefusals,
    },
  },
};
