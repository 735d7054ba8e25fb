import type { Operations } from 'service-kit/openapi/operation';
import { schemas, viewOperation } from '../description';

const { count } = schemas;

/** What `ordersByStatusRoutes` takes and answers. */
export const ordersByStatusOperations: Operations = {
  'GET /api/analytics/orders-by-status': viewOperation({
    operationId: 'getOrdersByStatus',
    summary: 'How many orders are in each status',
    answer: 'The numbers of orders.',
    schema: {
      title: 'OrdersByStatus',
      type: 'object',
      additionalProperties: false,
      required: ['CREATED', 'SHIPPED', 'DELIVERED', 'CANCELLED'],
      properties: { CREATED: count, SHIPPED: count, DELIVERED: count, CANCELLED: count },
    },
  }),
};
