import type { Operations } from 'service-kit/openapi/operation';
import { idInPath, schemas, viewOperation } from '../description';

/** What `customerTotalsRoutes` takes and answers. */
export const customerTotalsOperations: Operations = {
  'GET /api/analytics/customers/{id}/totals': viewOperation({
    operationId: 'getCustomerTotals',
    summary: 'What a customer ordered, and for how much',
    parameters: [idInPath('id')],
    answer: 'Both without cancelled orders; 0 when all of the orders are cancelled.',
    schema: {
      title: 'CustomerTotals',
      type: 'object',
      additionalProperties: false,
      required: ['customerId', 'orders', 'totalSpent'],
      properties: { customerId: schemas.id, orders: schemas.count, totalSpent: schemas.total },
    },
    refusals: { 404: 'Nobody has read of an order by such a customer.' },
  }),
};
